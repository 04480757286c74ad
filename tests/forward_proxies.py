"""A real little forward proxy on loopback: it takes CONNECT, knows names that nobody else does, and misbehaves as a test tells it."""

import base64
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Self

from gateway.forward_proxy import ForwardProxy
from tests.listeners import ThreadedListener

GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
SILENCE, DRIP = "silence", "drip"


class LittleProxy(ThreadedListener):
    """Opens tunnels to the ports that `names` gives hosts. `mood` is what it says instead of opening one, if it does not.

    `heads` are what it was asked, `passed` what then went through it from those who asked.
    """

    def __init__(self, names: Mapping[str, int], *, credentials: str | None = None) -> None:
        super().__init__()
        self.mood: bytes | str | None = None
        self.heads: list[bytes] = []
        self.passed = b""
        self._names, self._credentials = names, credentials

    def way(self, **more) -> ForwardProxy:
        """As the gateway sees it."""
        return ForwardProxy(**{"host": "127.0.0.1", "port": self.port, **more})

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hosts(self) -> list[str]:
        """What it was asked for, host and port."""
        return [head.split()[1].decode() for head in self.heads]

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := connection.recv(65536)):
                    return
                head += part
            self.heads.append(head)
            if self.mood is None:
                self._answer(connection, head)
            elif self.mood == SILENCE:
                self.over.wait(30)
            elif self.mood == DRIP:
                while not self.over.wait(0.05):
                    connection.sendall(b"H")
            else:
                assert isinstance(self.mood, bytes)
                connection.sendall(self.mood)

    def _answer(self, connection: socket.socket, head: bytes) -> None:
        host = head.split()[1].decode().rpartition(":")[0]
        shown = base64.b64encode((self._credentials or "").encode())
        if self._credentials and b"Proxy-Authorization: Basic " + shown + b"\r\n" not in head:
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno")
        elif host not in self._names:
            connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            with socket.create_connection(("127.0.0.1", self._names[host])) as there:
                self._open.append(there)
                connection.sendall(GRANTED)
                self._begin(_pass_back, there, connection)
                while part := connection.recv(65536):
                    self.passed += part
                    there.sendall(part)
                with suppress(OSError):
                    there.shutdown(socket.SHUT_RDWR)


def _pass_back(there: socket.socket, connection: socket.socket) -> None:
    with suppress(OSError):
        while part := there.recv(65536):
            connection.sendall(part)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
