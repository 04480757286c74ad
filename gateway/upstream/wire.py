"""Sockets bound by a deadline: opening one, sending on it, and what `http.client` reads from.

A socket's own timeout starts anew with every operation, so a server sending a byte a second would hold a call for as
long as it likes. Here every operation gets only what is left of the whole call's time.
"""

import io
import select
import socket
import ssl
import threading
import time
from typing import Any, cast

from gateway.reasons import Reason
from gateway.upstream.failures import VendorFailure
from gateway.upstream.options import Origin


class Deadline:
    """The instant, on the monotonic clock, that a call must not outlive."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, always above 0.

        Raises:
            TimeoutError: when none is left.
        """
        left = self.left()
        if not left:
            raise TimeoutError
        return left

    def left(self) -> float:
        """Seconds left, 0 where none is."""
        return max(0.0, self._end - time.monotonic())


def connect(origin: Origin, tls: ssl.SSLContext | None, deadline: Deadline) -> socket.socket:
    """A new connection, verified where it is TLS.

    Raises:
        VendorFailure: unreachable or late; nothing has been sent.
    """
    try:
        opened = _open(_resolve(origin, deadline), deadline)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is None:
                return opened
            opened.settimeout(deadline.remaining())
            return tls.wrap_socket(opened, server_hostname=origin.host)
        except BaseException:
            opened.close()
            raise
    except TimeoutError as error:
        raise VendorFailure(Reason.VENDOR_LATE, "connecting", sent=False) from error
    except ssl.SSLError as error:
        raise VendorFailure(Reason.VENDOR_UNREACHABLE, "tls_not_verified", sent=False) from error
    except OSError as error:
        raise VendorFailure(Reason.VENDOR_UNREACHABLE, "not_connected", sent=False) from error


def send(connection: socket.socket, data: bytes, deadline: Deadline) -> None:
    """Send everything within the deadline; `SSLSocket.sendall` alone would take the timeout anew for every record."""
    view = memoryview(data)
    while view:
        connection.settimeout(deadline.remaining())
        view = view[connection.send(view) :]


def is_stale(connection: socket.socket) -> bool:
    """Whether a connection kept idle has been closed by the vendor, or holds bytes that nobody asked for."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class Incoming(io.RawIOBase):
    """One answer's bytes. `received` counts them; `surplus` tells that more arrived than the answer's framing announced."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._finished = False
        self.received = 0
        self.surplus = False

    def readable(self) -> bool:  # noqa: D102 - as in io.RawIOBase
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401, D102 - as in io.RawIOBase
        if self._finished:
            return 0
        self._connection.settimeout(self._deadline.remaining())
        count = self._connection.recv_into(buffer)
        self.received += count
        return count

    def as_socket(self) -> socket.socket:
        """Itself, as `http.client.HTTPResponse` asks for it: of a socket it uses only `makefile`."""
        return cast("socket.socket", self)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The one reader over this answer."""
        return _Reader(self)

    def finish(self, reader: io.BufferedReader) -> None:
        """Note what the reader holds beyond the answer, without waiting for more."""
        self._finished = True
        self.surplus = bool(reader.peek(1))


class _Reader(io.BufferedReader):
    """`HTTPResponse` closes its reader when the answer is complete, and what is then left in the buffer would be lost."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__(incoming)
        self._incoming = incoming

    def close(self) -> None:
        if not self.closed:
            self._incoming.finish(self)
        super().close()


def _open(addresses: list[tuple[Any, ...]], deadline: Deadline) -> socket.socket:
    """The first address that answers; none may use up the time of those after it."""
    last: OSError = OSError("no address")
    for left, (family, kind, protocol, _name, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        candidate = socket.socket(family, kind, protocol)
        try:
            candidate.settimeout(deadline.remaining() / left)
            candidate.connect(address)
        except OSError as error:
            candidate.close()
            last = error
        else:
            return candidate
    raise last


def _resolve(origin: Origin, deadline: Deadline) -> list[tuple[Any, ...]]:
    """The addresses of a host, in time: the system's resolver knows no deadline, so it is asked on a thread of its own."""
    answer: list[list[tuple[Any, ...]]] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            answer.append(list(socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)))
        except OSError as error:
            failure.append(error)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if failure:
        raise failure[0]
    if not answer:
        raise TimeoutError
    return answer[0]
