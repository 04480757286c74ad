"""Spans as a collector receives them: what they hold, whose trace they take up, and what they never hold."""

import logging
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from gateway.errors import Refusal
from gateway.model import Answer, Dossier
from gateway.ops.tracing import Tracing, _Unsent
from gateway.reasons import Reason
from gateway.value import replace
from tests.forward_proxies import LittleProxy
from tests.ops.receiver import attributes, collecting
from tests.vendors import samples

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = ("traceparent", f"00-{TRACE}-{SPAN}-01")
OFF = """
import sys
from gateway.app import create
from gateway.app.telemetry import open_tracing
from gateway.settings import Settings
assert open_tracing(Settings()) is None
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")))
"""


def case(decision_id, *headers):
    request = samples.lookup(state=None)
    request = replace(request, headers=(*request.headers, *headers))
    return Dossier(decision_id=decision_id, request=request, mount="flock")


def sent(*cases, trusted=True, status=200, refuse=None, ratio=1.0):
    """The spans that a collector receives of these requests."""
    with collecting() as collector:
        tracing = Tracing(collector.url, sample_ratio=ratio, ca_file=None, is_trusted=lambda _request: trusted)

        def answer():
            try:
                with tracing.part("decide"):
                    if refuse is not None:
                        raise Refusal(refuse)
            except Refusal:
                pass
            return Answer(status=status, headers=(), body=b"")

        for one in cases:
            tracing.trace(one, answer)
        tracing.close()
        return collector


def test_a_request_is_a_span_with_its_parts_within():
    collector = sent(case("d1"))
    request, part = collector.wait("d1"), next(span for span in collector.spans if span.name == "decide")
    assert part.parent_span_id == request.span_id
    assert part.trace_id == request.trace_id
    assert attributes(request)["http.response.status_code"] == 200


def test_the_trace_of_a_trusted_caller_goes_on():
    span = sent(case("d1", TRACEPARENT)).wait("d1")
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, SPAN)


def test_the_trace_of_anybody_else_does_not():
    span = sent(case("d1", TRACEPARENT), trusted=False).wait("d1")
    assert span.trace_id.hex() != TRACE
    assert span.parent_span_id == b""


@pytest.mark.parametrize("value", ["", "00-x-y-01", "00-" + "0" * 32 + f"-{SPAN}-01", "ZZ" * 400])
def test_a_parent_that_cannot_be_read_begins_a_new_trace(value):
    assert sent(case("d1", ("traceparent", value))).wait("d1").parent_span_id == b""


def test_a_failure_is_told_by_its_reason_and_marks_the_span():
    collector = sent(case("d1"), status=503, refuse=Reason.ENGINE_UNAVAILABLE)
    part = next(span for span in collector.spans if span.name == "decide")
    assert attributes(part)["lpr.reason"] == "engine_unavailable"
    assert (part.status.code, collector.wait("d1").status.code) == (2, 2)
    assert not part.events


def test_of_what_is_not_sampled_nothing_is_sent():
    assert sent(case("d1"), ratio=0.0).spans == []


def test_what_is_asked_outside_a_request_is_no_span():
    with collecting() as collector:
        tracing = Tracing(collector.url, sample_ratio=1.0, ca_file=None, is_trusted=lambda _request: True)
        with tracing.part("facts"), tracing.call("vendor flock"):
            pass
        tracing.trace(case("d1"), lambda: Answer(status=200, headers=(), body=b""))
        tracing.close()
        collector.wait("d1")
        assert [span.name for span in collector.spans] == ["request"]


def test_through_a_proxy_the_collector_is_reached_by_a_tunnel():
    with LittleProxy({}) as proxy:
        tracing = Tracing(
            "https://traces.example/v1/traces",
            sample_ratio=1.0,
            ca_file=None,
            proxy=proxy.way(),
            is_trusted=lambda _request: True,
        )
        tracing.trace(case("d1"), lambda: Answer(status=200, headers=(), body=b""))
        tracing.close()
        assert set(proxy.hosts()) == {"traces.example:443"}


def test_without_a_collector_the_library_is_not_even_imported():
    done = subprocess.run([sys.executable, "-c", OFF], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


def test_traces_that_are_lost_are_told_once_a_minute_in_a_sentence_and_never_in_the_librarys_own():
    at = [0.0]
    unsent = _Unsent(lambda: at[0])
    with capture_logs() as lines:
        for number, said in enumerate(
            ("Transient error %s", "Failed to export %s", "Failed to export %s", "Queue full")
        ):
            at[0] = number * 30.0
            unsent.emit(logging.makeLogRecord({"msg": said, "args": ("SECRET",)}))
    told = [(line["event"], line.get("repeated")) for line in lines]
    assert told == [("traces_not_sent", None), ("traces_not_sent", 1)]
    assert "cannot be reached" in lines[0]["why"]
