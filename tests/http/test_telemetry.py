"""Traces of a gateway that runs: what a collector is sent of a search, and what no span and no vendor ever holds."""

import pytest

from gateway.demo.agency import CASE, PLATE
from tests.ops.receiver import attributes, collecting

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
PARTS = {"request", "facts", "decide", "record allowed", "vendor flock", "record outcome"}
SETTINGS = """trusted_proxies = ["127.0.0.1"]
[telemetry]
endpoint = "{url}"
trusted_callers = ["10.1.0.0/16"]
"""


@pytest.fixture
def collector():
    with collecting() as found:
        yield found


def test_a_search_is_a_trace_of_its_parts_that_begins_where_a_trusted_caller_began_it(install, collector, vendors):
    gateway = install(settings="[engine]\nkind = 'embedded'")
    text = gateway.config.read_text()
    head, tail = text.split(f'bind = "127.0.0.1:{gateway.port}"')
    gateway.config.write_text(head + f'bind = "127.0.0.1:{gateway.port}"\n' + SETTINGS.format(url=collector.url) + tail)
    gateway.start()
    person = gateway.officer()
    inside = person.lookup(headers=PARENT | {"X-Forwarded-For": "10.1.2.3"})
    outside = person.lookup(headers=PARENT | {"X-Forwarded-For": "10.2.0.1"})
    denied = person.lookup(plate="ZZZ999", headers={"X-Forwarded-For": "10.2.0.1"})
    assert (inside.status, outside.status, denied.status) == (200, 200, 403)
    first, second = (
        collector.wait(one["decision_id"])
        for one in gateway.ledger.where(event_type="decision", user_id=person.user_id, decision="allow")
    )
    refused = collector.wait(denied.document["decision_id"])
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (TRACE, SPAN)
    assert (second.trace_id.hex() == TRACE, second.parent_span_id) == (False, b"")
    assert set(collector.trace(first.trace_id)) == PARTS
    assert attributes(refused)["lpr.reason"].startswith("target_")
    assert attributes(first)["lpr.mount"] == "flock"
    for held in (PLATE, CASE, person.key, person.user_id, "ZZZ999", "reads/lookup"):
        assert held.encode() not in collector.raw
    told = [name for one in vendors["spare-flock"].received() for name, _ in one.headers]
    assert not {"traceparent", "tracestate"} & {name.lower() for name in told}
    assert gateway.stop() == 0
    assert {span.name for span in collector.spans if not span.parent_span_id} == {"request"}, "none outside a request"
