"""Real places on loopback that take checkpoints and alarms."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Endpoint:
    """An HTTP server that keeps what is POSTed and gives it all back; `status` is what it answers, `allowed` its Allow."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status = 200
        self.allowed: str | None = None
        self.taken = threading.Condition()

    def wait_for(self, count: int) -> None:
        with self.taken:
            assert self.taken.wait_for(lambda: len(self.bodies) >= count, 10), "nothing arrived in time"


@contextlib.contextmanager
def endpoint() -> Iterator[tuple[Endpoint, str]]:
    place = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with place.taken:
                if place.status == 200:
                    place.bodies.append(body)
                    place.taken.notify_all()
            self.answer(b"")

        def do_OPTIONS(self) -> None:
            self.answer(b"")

        def do_GET(self) -> None:
            self.answer(b"\n".join(place.bodies) + b"\n")

        def answer(self, body: bytes) -> None:
            self.send_response(place.status)
            self.send_header("Content-Length", str(len(body)))
            if place.allowed is not None:
                self.send_header("Allow", place.allowed)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield place, f"http://127.0.0.1:{server.server_port}/notes"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def syslog_receiver(scheme: str) -> Iterator[tuple[list[bytes], int]]:
    """A receiver of one message each: a datagram, or what a connection sends until it ends."""
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    got: list[bytes] = []
    with socket.socket(socket.AF_INET, kind) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(10)

        def datagram() -> None:
            got.append(listening.recv(65536))

        def stream() -> None:
            listening.listen()
            connection, _ = listening.accept()
            with connection:
                got.append(b"".join(iter(lambda: connection.recv(65536), b"")))

        if scheme == "tcp":
            listening.listen()
        thread = threading.Thread(target=datagram if scheme == "udp" else stream)
        thread.start()
        yield got, listening.getsockname()[1]
        thread.join(10)
