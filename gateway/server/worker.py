"""The gunicorn worker: threads behind one poller, every wait bounded, every refusal told and recorded as ours.

What gunicorn's own thread worker leaves open is closed here: a client that connects and says nothing, or does not
close, holds neither a thread nor the poller; one that sends or reads slowly holds a thread for seconds; what the parser
refuses is answered as problem+json without a byte of the request and handed to the record; a stop leaves time to close
the ledger.

The heartbeat that the arbiter watches (`timeout`) is given by the poller's thread, not by those that serve. It does
not end a slow request: deadlines do that. It ends a process in which nothing runs any more, as when a policy engine
never lets go of the interpreter.
"""

import select
import selectors
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from socket import SHUT_WR, socket
from typing import TYPE_CHECKING, Any, ClassVar

from gunicorn.http import errors
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from gateway.reasons import Reason
from gateway.server.framing import HEADERS, FramingFault, judge, refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEAD_S = 10.0
BODY_S = 20.0
ANSWER_S = 30.0
_DRAIN_S = 2.0
_REFUSAL_S = 1.0
_NEXT_MS = 5
_LINGER_BYTES = 8 * 1024 * 1024


class TooSlow(errors.ParseException):  # type: ignore[misc]
    """The client took longer over its request than it may."""


class TimedUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads from the client until an instant, however the bytes trickle; leaves the socket ready to send an answer."""

    def __init__(self, sock: socket) -> None:
        super().__init__(sock)
        self._end = 0.0

    def allow(self, seconds: float) -> None:
        """From now on, everything read together may take this long."""
        self._end = time.monotonic() + seconds

    def chunk(self, size_hint: int | None = None) -> bytes:
        """One piece of whatever is there.

        Raises:
            TooSlow: nothing came in time.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow
        self.sock.settimeout(left)
        try:
            piece: bytes = super().chunk(size_hint)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self.sock.settimeout(ANSWER_S)
        return piece


class GatewayWorker(ThreadWorker):  # type: ignore[misc]
    """Serves the `gateway.server.options.Service` that the application starts in this process."""

    NOTES: ClassVar[dict[type[Exception], str]] = {
        TooSlow: "too_slow",
        errors.LimitRequestLine: "request_line_too_long",
        errors.LimitRequestHeaders: "headers_too_large",
        errors.InvalidHTTPVersion: "http_version",
        errors.UnsupportedTransferCoding: "transfer_encoding",
        errors.ExpectationFailed: "expectation",
        errors.InvalidRequestLine: "request_line",
        errors.InvalidRequestMethod: "method",
        errors.InvalidHeaderName: "header_name",
        errors.InvalidHeader: "header",
        errors.ObsoleteFolding: "folded_header",
    }
    """What the record says of each thing the parser refuses; of the rest it says `framing`."""

    def load_wsgi(self) -> None:
        """Start the service, in this process and after the fork."""
        self.service = self.app.wsgi()
        self.wsgi = self._serve
        self._request = threading.local()

    def run(self) -> None:
        """Serve until told to stop, then let the service close what it holds."""
        # The arbiter kills at its graceful_timeout; this process (its own copy) stops waiting a little earlier.
        self.cfg.set("graceful_timeout", max(1, self.cfg.graceful_timeout - 2))
        try:
            super().run()
        finally:
            self.service.stop()

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection a thread once it has said something; until then it waits in the poller."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
        else:
            conn.sock.setblocking(False)
            self._await(conn, self.on_pending_socket_readable)

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Keep a connection, or begin to close it; gunicorn would wait here, in the poller, for the client to close."""
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        conn.linger_bytes = _LINGER_BYTES
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self._close(conn)
        else:
            self._await(conn, self._on_lingering_readable)

    def _on_lingering_readable(self, conn: TConn, client: socket) -> None:
        """Let run out what the client still sends: with bytes unread, closing resets, and it might lose the answer."""
        try:
            piece = client.recv(65536)
        except OSError:
            piece = b""
        conn.linger_bytes -= len(piece)
        if not piece or conn.linger_bytes < 0:
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._close(conn)

    def _await(self, conn: TConn, callback: Callable[[TConn, socket], None]) -> None:
        """Have the poller call back when the client says something; it closes the connection if that takes long."""
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(callback, conn))

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def handle(self, conn: TConn) -> Any:  # noqa: ANN401 - gunicorn's own sign whether the connection is kept
        """Serve a connection's requests, on a thread of the pool, for as long as they follow at once."""
        if not conn.initialized:
            conn.init()
            conn.parser.unreader = TimedUnreader(conn.sock)
        while True:
            conn.parser.unreader.allow(HEAD_S)
            kept = super().handle(conn)
            if not (kept and self._has_next(conn)):
                return kept

    def _has_next(self, conn: TConn) -> bool:
        """Whether the next request is here already or comes at once, and no connection could want this thread.

        The way through the poller and back costs two changes of thread, half of a small request's time.
        """
        if not self.alive or self.nr_conns > self.cfg.threads:
            return False
        if conn.parser.unreader.buf.getvalue():
            return True
        poll = select.poll()
        poll.register(conn.sock, select.POLLIN)
        return bool(poll.poll(_NEXT_MS))

    def handle_request(self, req: Any, conn: TConn) -> bool:  # noqa: ANN401 - gunicorn's request
        """Judge what the parser let pass, then serve it."""
        judge(req)
        conn.parser.unreader.allow(BODY_S)
        conn.sock.settimeout(ANSWER_S)
        self._request.headers = tuple((name.lower(), value) for name, value in req.headers)
        kept: bool = super().handle_request(req, conn)
        return kept

    def handle_error(self, req: Any, client: socket, addr: Any, exc: Exception) -> None:  # noqa: ANN401, ARG002
        """Record and tell what cannot be served, without a byte of the request."""
        reason, note = self._told(exc)
        if reason is Reason.INTERNAL_ERROR:
            self.log.error("a request failed unforeseen", exc_info=exc)
        try:
            self.service.on_refused(reason, addr[0] if isinstance(addr, tuple) else "", note)
        except Exception:
            self.log.exception("a refusal could not be recorded")
            reason = Reason.AUDIT_UNAVAILABLE
        with suppress(OSError):
            client.settimeout(_REFUSAL_S)
            client.sendall(refusal(reason))

    def _told(self, exc: Exception) -> tuple[Reason, str]:
        if isinstance(exc, FramingFault):
            return Reason.REQUEST_FRAMING, exc.note
        of_our_answer = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
        if of_our_answer or not isinstance(exc, errors.ParseException):
            return Reason.INTERNAL_ERROR, "unforeseen"
        return Reason.REQUEST_FRAMING, self.NOTES.get(type(exc), "framing")

    def _keepalive_after(self, conn: TConn, keepalive: bool) -> bool:
        conn.parser.unreader.allow(_DRAIN_S)
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except (errors.ParseException, OSError):
            return False  # the answer is out; a second one would be taken for the next request's

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[HEADERS] = self._request.headers
        answer: Iterable[bytes] = self.service.wsgi(environ, start_response)
        return answer
