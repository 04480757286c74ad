"""A vendor on loopback that answers whatever bytes a test gives it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.model import VendorRequest
from gateway.upstream import BearerToken, VendorClient
from tests.upstream.usual import upstream_options

Answer = Callable[[socket.socket, bytes], bool | None]

REQUEST = VendorRequest(
    method="POST",
    path="/api/v3/reads/lookup",
    query=(),
    headers=(("Accept", "application/json"), ("Content-Type", "application/json")),
    body=b'{"limit":1}',
)


def answer(body: bytes, *, head: str = "HTTP/1.1 200 OK", headers: tuple[str, ...] = ()) -> bytes:
    lines = [head, "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Vendor:
    """Reads whole requests and hands each to `reply(connection, request)`; False from it ends the connection."""

    def __init__(self, wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self.reply: Answer = lambda connection, _request: connection.sendall(answer(b"{}"))
        self._wrap = wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def says(self, data: bytes, *, then_close: bool = False) -> None:
        def reply(connection: socket.socket, _request: bytes) -> bool:
            connection.sendall(data)
            return not then_close

        self.reply = reply

    def hold(self, seconds: float) -> bool:
        """Wait; True when the test is over."""
        return self.over.wait(seconds)

    def close(self) -> None:
        if self.over.is_set():
            return
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        # An OSError: the client went away, or refused the certificate.
        with plain, suppress(OSError), self._wrap(plain) as connection:
            while request := _read_request(connection):
                self.requests.append(request)
                if self.reply(connection, request) is False:
                    return


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (part := connection.recv(65536)):
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        part = connection.recv(65536)
        body, data = body + part, data + part
    return data


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("a-vendor-token\n")
    return path


@pytest.fixture
def client_to(token_file: Path) -> Iterator[Callable[..., VendorClient]]:
    """Makes clients and closes them after the test."""
    made: list[VendorClient] = []

    def make(url: str, *, credential=None, **options) -> VendorClient:
        settings = upstream_options(base_url=url, **{"timeout_s": 5.0, **options})
        made.append(VendorClient(settings, credential or BearerToken(token_file)))
        return made[-1]

    yield make
    for client in made:
        client.close()
