"""A real HTTP collector on loopback that speaks HEC and `_bulk`, and misbehaves as a test tells it."""

import gzip
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import orjson

Mood = Callable[["Handler"], None]


class Collector:
    """Keeps what it accepted. `moods` are how it treats the next requests, one each; then it is `usual`ly good."""

    def __init__(self) -> None:
        self.moods: deque[Mood] = deque()
        self.usual: Mood = accept
        self.poison: bytes = b"\0never"
        self.stored: dict[str, str] = {}
        self.events: list[str] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.collector = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    collector: Collector

    def handle_error(self, *_: object) -> None:
        """A client that hung up is part of the game."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Who asks? Only Elasticsearch is asked so; the mood says."""
        self.body = b""
        mood = self.collector.moods.popleft() if self.collector.moods else tell_name
        mood(self)

    def do_POST(self) -> None:
        """Read the body whole, then do what the mood says."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        sent = self.rfile.read(int(headers["content-length"]))
        self.body = gzip.decompress(sent) if sent else b""
        collector = self.collector
        collector.requests.append((self.path, headers))
        mood = collector.moods.popleft() if collector.moods else collector.usual
        mood(self)

    @property
    def collector(self) -> Collector:
        assert isinstance(self.server, _Server)
        return self.server.collector

    def answer(self, status: int, document: Any, **headers: str) -> None:
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def accept(handler: Handler) -> None:
    """Take everything but what is poison."""
    if handler.path.startswith("/services/"):
        _accept_events(handler)
    else:
        handler.answer(200, bulk_answer(handler, lambda _number: None))


def tell_name(handler: Handler) -> None:
    """As Elasticsearch answers whose token it was asked with."""
    handler.answer(200 if handler.path == "/_security/_authenticate" else 404, {"username": "lpr"})


def _accept_events(handler: Handler) -> None:
    if not handler.body:
        handler.answer(400, {"text": "No data", "code": 5})
        return
    if handler.collector.poison in handler.body:
        handler.answer(400, {"text": "Invalid data format", "code": 6, "invalid-event-number": 0})
        return
    handler.collector.events += [orjson.loads(line)["event"] for line in handler.body.split(b"\n")]
    handler.answer(200, {"text": "Success", "code": 0})


def bulk_answer(handler: Handler, fault: Callable[[int], int | None]) -> dict[str, Any]:
    """Store each document, but for those that `fault` gives a status for by their number, and poison."""
    lines = handler.body.split(b"\n")[:-1]
    items = []
    for number, (action, document) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        key = orjson.loads(action)["create"]["_id"]
        status = 400 if handler.collector.poison in document else fault(number)
        if status is None:
            status = 409 if key in handler.collector.stored else 201
            handler.collector.stored.setdefault(key, document.decode())
        items.append({"create": {"status": status}})
    return {"errors": any(item["create"]["status"] >= 300 for item in items), "items": items}


def partly(*statuses: int) -> Mood:
    """A `_bulk` answer in which every item but each third fails with these statuses in turn."""
    return lambda handler: handler.answer(
        200, bulk_answer(handler, lambda number: statuses[number % len(statuses)] if number % 3 else None)
    )


def refuse(status: int, **headers: str) -> Mood:
    """An error for the whole request, as both kinds of collector write theirs."""
    return lambda handler: handler.answer(status, {"error": "x", "text": "x", "code": 6}, **headers)


def stand_between(status: int) -> Mood:
    """An error page of something in front of the collector."""
    return lambda handler: handler.answer(status, b"<html><h1>Request refused</h1></html>")


def let_through(most: int) -> Mood:
    """A proxy in front that passes on bodies of so many bytes at most."""
    return lambda handler: (stand_between(413) if len(handler.body) > most else accept)(handler)


def garble(handler: Handler) -> None:
    """Store nothing and answer something that is no answer."""
    handler.answer(200, b"<html>welcome</html>")


def stall(handler: Handler) -> None:
    """Take the request and say nothing until the test ends."""
    handler.collector.released.wait(30)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """Begin an answer and send it byte by byte until the test ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.collector.released.wait(0.05):
        handler.wfile.write(b" ")
    handler.close_connection = True


def take_and_hang_up(handler: Handler) -> None:
    """Store everything, and break off before the answer."""
    handler.answer = lambda *_arguments, **_headers: None
    accept(handler)
    handler.close_connection = True
