"""A collector of traces on loopback, which keeps every span it is sent."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """What was received, and a wait for more."""

    def __init__(self) -> None:
        self.url = ""
        self.raw = b""
        self.spans: list[Any] = []
        self._came = threading.Condition()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self._came:
            self.raw += body
            self.spans += [span for one in request.resource_spans for part in one.scope_spans for span in part.spans]
            self._came.notify_all()

    def wait(self, decision_id: str, name: str = "request", seconds: float = 30) -> Any:
        """The span of this name of a decision, and all of its trace."""
        with self._came:
            found = self._came.wait_for(lambda: self._find(decision_id, name), seconds)
        assert found, [span.name for span in self.spans]
        return found

    def trace(self, trace_id: bytes) -> dict[str, Any]:
        return {span.name: span for span in self.spans if span.trace_id == trace_id}

    def _find(self, decision_id: str, name: str) -> Any:
        for span in self.spans:
            if span.name == name and attributes(span).get("lpr.decision_id") == decision_id:
                return span
        return None


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
