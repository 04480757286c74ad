"""Traces for operations, as OpenTelemetry sends them: one span a request, and in it one for each part that takes time.

Imported only where `[telemetry]` names a collector, for the library alone costs a start a fifth of a second. A span holds
no plate, person, path, query or credential: it says which mount, operation and reason, which decision, and how long.
W3C `traceparent` is taken up only from callers that are trusted; from anybody else a trace begins here, and nothing of a
trace is ever sent to a vendor.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path

import structlog
from opentelemetry import context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.errors import Refusal
from gateway.forward_proxy import ForwardProxy
from gateway.model import Answer, Dossier, RawRequest
from gateway.net import name_authorities, open_session
from gateway.ops.once_a_minute import OnceAMinute

_SERVER_ERROR = 500
_TIMEOUT_S = 5.0
_WHY = "the collector of [telemetry] endpoint cannot be reached, or does not take them; requests go on, their traces are lost"
_log = structlog.get_logger(__name__)


class Tracing:
    """One process's spans, sent by a thread of its own. Made after fork; `is_trusted` says whose trace is taken up."""

    def __init__(
        self,
        endpoint: str,
        *,
        sample_ratio: float,
        ca_file: Path | None,
        proxy: ForwardProxy | None = None,
        is_trusted: Callable[[RawRequest], bool],
    ) -> None:
        _Unsent.listen()
        self._is_trusted = is_trusted
        self._propagator = TraceContextTextMapPropagator()
        session = open_session(ca_file, whole_s=_TIMEOUT_S, proxy=proxy)
        exporter = OTLPSpanExporter(
            endpoint=endpoint, certificate_file=name_authorities(ca_file), timeout=_TIMEOUT_S, session=session
        )
        resource = Resource({"service.name": "lpr-gateway", "service.version": version("lpr-gateway")})
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(sample_ratio)), resource=resource, shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("lpr-gateway")

    def trace(self, case: Dossier, answer: Callable[[], Answer]) -> Answer:
        """The answer, given within the span of its request."""
        came_with = self._parent(case.request)
        with self._tracer.start_as_current_span(
            "request", context=came_with, kind=SpanKind.SERVER, record_exception=False
        ) as span:
            given = answer()
            _describe(span, case, given)
        return given

    @contextmanager
    def part(self, name: str, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
        """One part of a request, inside; what it raises is told by its reason alone. Outside a request it is no span."""
        if not get_current_span().get_span_context().is_valid:
            yield  # what a thread rehearses before it serves is nobody's request
            return
        with self._tracer.start_as_current_span(
            name, kind=kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Refusal as refusal:
                span.set_attribute("lpr.reason", refusal.reason.value)
                if refusal.reason.text.is_failure:
                    span.set_status(Status(StatusCode.ERROR))
                raise

    def call(self, name: str) -> AbstractContextManager[None]:
        """A part in which somebody else is asked."""
        return self.part(name, SpanKind.CLIENT)

    def close(self) -> None:
        """Send what is waiting, if it is taken at once."""
        self._provider.shutdown()

    def _parent(self, request: RawRequest) -> context.Context:
        if not self._is_trusted(request):
            return context.Context()
        carried = {name: value for name, value in request.headers if name in ("traceparent", "tracestate")}
        return self._propagator.extract(carried, context=context.Context())


class _Unsent(logging.Handler):
    """What the library says when spans are lost, in a line of ours: at once, then once a minute with how often."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._losses = OnceAMinute(elapsed)

    @classmethod
    def listen(cls) -> None:
        """From now on, in this process."""
        library = logging.getLogger("opentelemetry")
        library.handlers[:], library.propagate = [cls()], False

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it, unless it was told within the minute; a batch that is tried once more is not lost yet."""
        if str(record.msg).startswith("Transient"):
            return
        more = self._losses.note()
        if more is not None:
            _log.warning("traces_not_sent", why=_WHY, **more)


def _describe(span: Span, case: Dossier, answer: Answer) -> None:
    named = {
        "lpr.decision_id": case.decision_id,
        "lpr.request_id": case.request.request_id,
        "lpr.mount": case.mount,
        "lpr.operation": case.operation,
        "lpr.reason": str(case.decision.reasons[0]) if case.decision and case.decision.reasons else None,
        "http.response.status_code": answer.status,
    }
    span.set_attributes({name: value for name, value in named.items() if value is not None})
    if answer.status >= _SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))
