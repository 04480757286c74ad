"""Servers on loopback that answer as a broken or hostile OPA might: byte for byte what a test says."""

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behaviour = Callable[[socket.socket, bytes], bool]
"""Answers one request on a connection; whether the connection stays open."""


@contextmanager
def listening(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that behaves so, over TLS if told; the value is its URL and the requests it has received."""
    received: list[bytes] = []
    connections: list[socket.socket] = []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        if tls:
            server = stack.enter_context(tls.wrap_socket(server, server_side=True, do_handshake_on_connect=False))
        threading.Thread(target=_accept, args=(server, behaviour, received, connections), daemon=True).start()
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{server.getsockname()[1]}", received
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in connections:
                connection.close()


def _accept(
    server: socket.socket, behaviour: Behaviour, received: list[bytes], connections: list[socket.socket]
) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            connections.append(connection)
            threading.Thread(target=_serve, args=(connection, behaviour, received), daemon=True).start()


def _serve(connection: socket.socket, behaviour: Behaviour, received: list[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        if isinstance(connection, ssl.SSLSocket):
            connection.do_handshake()
        while request := _request(connection):
            received.append(request)
            if not behaviour(connection, request):
                break
    connection.close()


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def response(body: bytes, *, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def answer(revision: str, **parts: object) -> bytes:
    """OPA's answer to a decision call, with these parts instead of a sound one's (None: left out)."""
    document = {
        "provenance": {"version": "1.21.0", "bundles": {"b": {"revision": revision}}},
        "result": {
            "allow": False,
            "reasons": [{"code": "person_inactive", "message": "Not active.", "fix": "Ask."}],
            "obligations": [],
            "policy": {"revision": revision},
        },
    }
    return response(json.dumps({name: part for name, part in (document | parts).items() if part is not None}).encode())


def always(raw: bytes, *, keep: bool = True) -> Behaviour:
    def behaviour(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(raw)
        return keep

    return behaviour


def drip(raw: bytes, *, every_s: float) -> Behaviour:
    """Sends a byte now and then, so that no single wait is long."""

    def behaviour(connection: socket.socket, _request: bytes) -> bool:
        for byte in raw:
            connection.sendall(bytes([byte]))
            threading.Event().wait(every_s)
        return True

    return behaviour
