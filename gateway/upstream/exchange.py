"""One request and its answer with one origin, over connections that are kept open between calls.

A plain answer, which nearly all are, is read by one strict expression (`plain_answer`). Any other is parsed by `http.client`; it is lenient, so what it would let pass (two lengths, a length beside chunks, a body
that ends when the connection does, bytes after the answer) is refused here.
"""

import ssl
import time
from collections import deque
from http.client import HTTPException, HTTPResponse

from gateway.model import VendorAnswer
from gateway.net import Deadline, DeadlineSocket
from gateway.reasons import Reason
from gateway.upstream.failures import VendorFailure, refuse_answer
from gateway.upstream.options import UpstreamOptions
from gateway.upstream.plain_answer import read_plain_head
from gateway.upstream.wire import Incoming, connect, is_stale

_BODILESS = frozenset({204, 304})
_FIRST_FINAL_STATUS = 200
_ANSWERED_WITH_BODY = frozenset({"GET", "POST"})


class _NothingCame(Exception):
    """The connection ended before the first byte of an answer."""


class VendorExchange:
    """Exchanges with one origin; safe for many threads. Made after fork: sockets must not be shared by processes."""

    def __init__(self, options: UpstreamOptions) -> None:
        self.origin = options.origin()
        self._options = options
        self._keep = options.idle_connections
        self._tls, self._proxy = _tls(options) if self.origin.tls else None, options.find_proxy()
        self._idle: deque[tuple[DeadlineSocket, float]] = deque()

    def ask(self, method: str, data: bytes, deadline: Deadline, *, repeatable: bool) -> VendorAnswer:
        """Send `data` (head and body as built) and give the whole answer.

        A kept connection that ends before the first byte of an answer was most likely closed while idle; the request
        is then sent once more on a new one, if it is `repeatable`.

        Raises:
            VendorFailure: vendor_unreachable, vendor_late, vendor_answer_too_large or vendor_answer_unusable.
        """
        tried = False
        try:
            kept = self._take_kept()
            if kept is not None:
                try:
                    return self._over(kept, method, data, deadline)
                except _NothingCame:
                    tried = True
                    if not repeatable:
                        raise
            return self._over(connect(self.origin, self._tls, deadline, self._proxy), method, data, deadline)
        except _NothingCame as error:
            raise VendorFailure(Reason.VENDOR_UNREACHABLE, "connection_lost", sent=True) from error
        except VendorFailure as failure:
            failure.sent = failure.sent or tried
            raise

    def close(self) -> None:
        """Close the idle connections; those in use are closed by their own calls."""
        self._keep = 0
        while self._idle:
            self._idle.pop()[0].close()

    def _take_kept(self) -> DeadlineSocket | None:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since <= self._options.idle_s and not is_stale(connection):
                return connection
            connection.close()

    def _over(self, connection: DeadlineSocket, method: str, data: bytes, deadline: Deadline) -> VendorAnswer:
        incoming = Incoming(connection)
        keep = False
        try:
            connection.deadline = deadline
            connection.sendall(data)
            answer, keep = self._read(incoming, method)
        except TimeoutError as error:
            raise VendorFailure(Reason.VENDOR_LATE, "answering", sent=True) from error
        except (OSError, HTTPException, ValueError) as error:
            if isinstance(error, OSError) and not incoming.received:
                raise _NothingCame from error
            raise refuse_answer("truncated_or_malformed") from None  # what http.client says quotes the answer
        finally:
            self._put_back(connection, keep=keep)
        return answer

    def _read(self, incoming: Incoming, method: str) -> tuple[VendorAnswer, bool]:
        """The whole answer, and whether its connection may be kept: most are plain, the rest is for `http.client`."""
        plain = read_plain_head(incoming.look()) if method in _ANSWERED_WITH_BODY else None
        if plain is None:
            response = HTTPResponse(incoming.as_socket(), method=method)
            response.begin()
            answer = self._whole(response)
            return answer, not response.will_close and not incoming.surplus
        self._check_length(plain.length, plain.status)
        body = incoming.take(plain.size, plain.length)
        return VendorAnswer(status=plain.status, headers=plain.headers, body=body), not incoming.surplus

    def _check_length(self, length: int, status: int) -> None:
        if length > self._options.max_response_bytes:
            raise VendorFailure(Reason.VENDOR_ANSWER_TOO_LARGE, "announced", sent=True, status=status)

    def _whole(self, response: HTTPResponse) -> VendorAnswer:
        headers = tuple((name.lower(), value) for name, value in response.headers.items())
        length = _length(response, headers)
        most = self._options.max_response_bytes
        if length is not None:
            self._check_length(length, response.status)
        body = response.read() if length is not None else response.read(most + 1)
        if len(body) > most:
            raise VendorFailure(Reason.VENDOR_ANSWER_TOO_LARGE, "counted", sent=True, status=response.status)
        if not response.isclosed():
            raise refuse_answer("truncated_or_malformed", status=response.status)
        return VendorAnswer(status=response.status, headers=headers, body=body)

    def _put_back(self, connection: DeadlineSocket, *, keep: bool) -> None:
        if keep and len(self._idle) < self._keep:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()


def _length(response: HTTPResponse, headers: tuple[tuple[str, str], ...]) -> int | None:
    """The body's length, None where it comes in chunks; refused where it cannot be known to be whole."""
    status = response.status
    if status < _FIRST_FINAL_STATUS or response.headers.defects:
        raise refuse_answer("malformed_head", status=status)
    lengths = [value for name, value in headers if name == "content-length"]
    codings = [value.lower() for name, value in headers if name == "transfer-encoding"]
    if any(name == "content-encoding" and value.lower() != "identity" for name, value in headers):
        raise refuse_answer("content_encoding", status=status)
    if codings == ["chunked"] and not lengths:
        return None
    if status in _BODILESS and not codings:
        return 0
    if codings or len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        raise refuse_answer("framing", status=status)
    return int(lengths[0])


def _tls(options: UpstreamOptions) -> ssl.SSLContext:
    """Certificates and names are verified. Not `create_default_context`: that one writes keys to SSLKEYLOGFILE."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if options.ca_file is None:
        context.load_default_certs()
    else:
        context.load_verify_locations(cafile=options.ca_file)
    return context
