"""Puts spans around the parts that take time, where `[telemetry]` names a collector; else nothing is there at all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.app.outbound import find_proxy
from gateway.disclosure import Disclosed
from gateway.errors import Refusal
from gateway.identity import networks, source_address
from gateway.identity.addresses import is_trusted
from gateway.model import Approval, Decision, Dossier, Known, Outcome, Question, RawRequest, VendorAnswer, VendorRequest
from gateway.pep.ports import EnginePort, FactsPort, Mounted, Ports, RecorderPort, Vendor
from gateway.settings import Settings
from gateway.value import replace

if TYPE_CHECKING:
    from gateway.ops.tracing import Tracing


def open_tracing(settings: Settings) -> "Tracing | None":
    """What sends the spans of this process; None where nobody wants them."""
    telemetry = settings.telemetry
    if telemetry.endpoint is None:
        return None
    from gateway.ops.tracing import Tracing  # with the library, for those alone who asked for it

    proxies, callers = networks(settings.server.trusted_proxies), networks(telemetry.trusted_callers)

    def comes_from_trusted(request: RawRequest) -> bool:
        forwarded = [value for name, value in request.headers if name == "x-forwarded-for"]
        try:
            return is_trusted(source_address(request.source_ip, forwarded, proxies), callers)
        except Refusal:
            return False

    return Tracing(
        telemetry.endpoint,
        sample_ratio=telemetry.sample_ratio,
        ca_file=telemetry.ca_file,
        proxy=find_proxy(settings),
        is_trusted=comes_from_trusted,
    )


def trace_ports(ports: Ports, tracing: "Tracing | None") -> Ports:
    """The same ports; where traces are wanted, with a span around each call that takes time."""
    if tracing is None:
        return ports
    return replace(
        ports,
        facts=TracedFacts(ports.facts, tracing),
        engine=TracedEngine(ports.engine, tracing),
        recorder=TracedRecorder(ports.recorder, tracing),
    )


def trace_mounts(mounts: Sequence[Mounted], tracing: "Tracing | None") -> list[Mounted]:
    """The same vendors; where traces are wanted, with a span around each call."""
    if tracing is None:
        return list(mounts)
    return [replace(one, vendor=TracedVendor(one.vendor, one.name, tracing)) for one in mounts]


class TracedFacts:
    """Facts, each look-up in a span."""

    def __init__(self, facts: FactsPort, tracing: "Tracing") -> None:
        self._facts, self._tracing = facts, tracing

    def look_up(self, question: Question, approvals: Sequence[Approval] = ()) -> Known:
        """As the facts answer."""
        with self._tracing.part("facts"):
            return self._facts.look_up(question, approvals)


class TracedEngine:
    """A policy engine, each decision in a span."""

    def __init__(self, engine: EnginePort, tracing: "Tracing") -> None:
        self._engine, self._tracing = engine, tracing

    def warm(self) -> None:
        """As the engine does."""
        self._engine.warm()

    def decide(self, input_text: str) -> Decision:
        """As the engine decides."""
        with self._tracing.part("decide"):
            return self._engine.decide(input_text)


class TracedRecorder:
    """A recorder, each record in a span: until it is on disk."""

    def __init__(self, recorder: RecorderPort, tracing: "Tracing") -> None:
        self._recorder, self._tracing = recorder, tracing

    def record_allow(self, dossier: Dossier) -> None:
        """As the recorder does."""
        with self._tracing.part("record allowed"):
            self._recorder.record_allow(dossier)

    def record_refusal(self, dossier: Dossier, refusal: Refusal, told: Disclosed, *, status: int) -> None:
        """As the recorder does."""
        with self._tracing.part("record refused"):
            self._recorder.record_refusal(dossier, refusal, told, status=status)

    def record_outcome(self, dossier: Dossier, outcome: Outcome) -> None:
        """As the recorder does."""
        with self._tracing.part("record outcome"):
            self._recorder.record_outcome(dossier, outcome)


class TracedVendor:
    """A vendor's client, each call in a span; the vendor hears nothing of it."""

    def __init__(self, vendor: Vendor, name: str, tracing: "Tracing") -> None:
        self._vendor, self._name, self._tracing = vendor, name, tracing

    def call(self, request: VendorRequest) -> VendorAnswer:
        """As the vendor answers."""
        with self._tracing.call(f"vendor {self._name}"):
            return self._vendor.call(request)

    def close(self) -> None:
        """As the client does."""
        self._vendor.close()
