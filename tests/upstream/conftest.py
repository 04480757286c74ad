"""A vendor on loopback that answers whatever bytes a test gives it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.model import VendorRequest
from gateway.upstream import BearerToken, VendorClient
from tests.listeners import ThreadedListener
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


class Vendor(ThreadedListener):
    """Reads whole requests and hands each to `reply(connection, request)`; False from it ends the connection."""

    def __init__(self, wrap: Callable[[socket.socket], socket.socket] = lambda connection: connection) -> None:
        super().__init__()
        self.requests: list[bytes] = []
        self.reply: Answer = lambda connection, _request: connection.sendall(answer(b"{}"))
        self._wrap = wrap
        self.begin()

    def says(self, data: bytes, *, then_close: bool = False) -> None:
        def reply(connection: socket.socket, _request: bytes) -> bool:
            connection.sendall(data)
            return not then_close

        self.reply = reply

    def hold(self, seconds: float) -> bool:
        """Wait; True when the test is over."""
        return self.over.wait(seconds)

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
