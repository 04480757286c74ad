"""One record weighs the same in every format, in the numbers that each of them has."""

import orjson
import pytest

from gateway.shipping.formats import Cef, Ecs, Native, Ocsf
from gateway.shipping.formats.sizes import summarise
from gateway.shipping.formats.weight import DETECTOR_WEIGHTS, FOUND_WEIGHTS, VERDICT_WEIGHTS, weigh
from gateway.shipping.sinks.syslog_message import frame
from gateway.shipping.watch import Found
from tests.shipping.samples import (
    COUNTED,
    DECISION,
    DENIAL,
    DETECTED,
    FAILED,
    FAILURE,
    INTERRUPTED,
    KINDS,
    REFUSAL,
    ROLLED_BACK,
    STARTED,
    WARNED,
    record,
)


def told(body):
    """The severity as OCSF, ECS, CEF and the header of syslog have it."""
    one = record(body)
    priority = frame(one, Native(), 32_768).partition(b"<")[2].partition(b">")[0]
    return (
        orjson.loads(Ocsf().encode(one))["severity_id"],
        orjson.loads(Ecs().encode(one))["event"]["severity"],
        int(Cef().encode(one).split(b"|")[6]),
        int(priority) % 8,
    )


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        (DECISION, (1, 1, 1, 6)),
        (STARTED, (1, 1, 3, 6)),
        (DENIAL, (2, 2, 5, 5)),
        (REFUSAL, (2, 2, 5, 5)),
        (COUNTED, (2, 2, 5, 5)),
        (WARNED, (2, 2, 5, 5)),
        (FAILED, (3, 3, 6, 3)),
        (INTERRUPTED, (3, 3, 6, 3)),
        ({**ROLLED_BACK, "found": "refused"}, (3, 3, 6, 3)),
        (FAILURE, (4, 4, 8, 3)),
        (DETECTED, (4, 4, 8, 3)),
        *(
            ({**ROLLED_BACK, "found": found}, (4, 4, 8, 3))
            for found in ("rolled_back", "rewritten", "gap", "unreadable")
        ),
        ({**ROLLED_BACK, "found": "cursor_missing"}, (1, 1, 3, 6)),
    ],
)
def test_a_record_weighs_the_same_in_each_format(body, numbers):
    assert told(body) == numbers


def test_a_step_on_a_finding_weighs_what_the_finding_weighs():
    assert told({**DETECTED, "event_type": "finding.escalated"}) == (4, 4, 8, 3)


def test_everything_that_shipping_finds_has_a_weight():
    assert set(FOUND_WEIGHTS) == {found.value for found in Found}
    assert {*VERDICT_WEIGHTS} == {"allow", "answered", "deny", "failed", "interrupted", "error"}
    assert {*DETECTOR_WEIGHTS} == {"warn", "alert"}


@pytest.mark.parametrize("body", KINDS.values(), ids=list(KINDS))
def test_a_summary_weighs_what_the_record_weighs(body):
    assert weigh(summarise(record(body))) == weigh(record(body))
