"""The operators' listener: `[admin] bind`, apart from the officers' in socket, threads and what it tells.

The socket is opened once, before any worker, and every worker's admin thread accepts from it: whichever answers speaks
for all, since numbers and readiness are shared between them, and it goes on while a worker is replaced. Each connection
has a thread of its own, so an address may wait before it answers (a long poll) and holds up nobody. What is served is a
table of exact paths, made in `gateway/app/admin.py`; only GET, and nothing sent is read as a body, echoed or logged.
"""

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, cast

import structlog

from gateway.model import Answer
from gateway.server.bind import listen_at

_MOST_CONNECTIONS = 32
_QUIET_S = 10.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRequest:
    """A GET at the operators' listener: query string as received, header fields by lower-case name, the last one wins."""

    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


AdminRoute = Callable[[AdminRequest], Answer]


def listen(bind: str) -> socket.socket:
    """The operators' socket, listening.

    Raises:
        ConfigurationError: the address cannot be had.
    """
    listener = listen_at("[admin] bind", bind, _MOST_CONNECTIONS)
    listener.setblocking(False)  # several workers wait for each connection, and only one gets it
    return listener


class AdminListener:
    """One worker's share of the operators' listener."""

    def __init__(self, listener: socket.socket, routes: Mapping[str, AdminRoute]) -> None:
        self._server = _Server(listener, routes)
        self._thread = threading.Thread(target=self._server.serve_forever, name="admin", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more; what still waits ends with the process."""
        self._server.shutdown()
        self._thread.join()


class _Server(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, routes: Mapping[str, AdminRoute]) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.routes = listener, routes
        self._room = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is nobody's concern; its thread ends."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _QUIET_S
    wbufsize = -1  # head and body leave together

    def do_GET(self) -> None:
        """Answer by the table of exact paths."""
        if "content-length" in self.headers or "transfer-encoding" in self.headers:
            self.close_connection = True  # nothing is read as a body, and so it is not read as a next request either
        path, _, query = self.path.partition("?")
        route = cast("_Server", self.server).routes.get(path)
        if route is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = route(AdminRequest(query=query, headers=headers))
        except Exception as error:  # noqa: BLE001 - told to the operator in the log, and not to who asks
            _log.error("admin_request_failed", error=type(error).__name__, exc_info=True)
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        self._send(answer.status, answer.headers, answer.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """A status and nothing else: the library's own page would quote the request."""
        self.close_connection = True
        self._send(code, (("Connection", "close"),), b"")

    def _send(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
        self.request_version = self.protocol_version  # an HTTP/0.9 request too is answered with a status
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library has it
        """Nothing: requests are not logged."""
