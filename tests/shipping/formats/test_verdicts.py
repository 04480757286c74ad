"""How a request ended is told alike in every format, and as the page for SIEMs says."""

from pathlib import Path

import orjson
import pytest

from gateway.shipping.formats import FORMATS
from gateway.shipping.formats.cef import parse
from gateway.shipping.formats.verdicts import ENDINGS
from gateway.shipping.watch import Found
from tests.shipping.samples import (
    COUNTED,
    DECISION,
    DENIAL,
    EXPLAINED,
    FAILED,
    FAILURE,
    INTERRUPTED,
    NARROWED,
    OUTCOME,
    REFUSAL,
    ROLLED_BACK,
    STARTED,
    record,
)

PAGE = (Path(__file__).parents[3] / "docs" / "siem.md").read_text(encoding="utf-8")
ROWS = {
    "`decision` allow": DECISION,
    "`decision` allow, narrowed by an obligation": NARROWED,
    "`decision` allow, only explained": EXPLAINED,
    "`decision` deny": DENIAL,
    "`decision` deny, only explained": {**DENIAL, "explain": True},
    "`decision` error": FAILURE,
    "`outcome` answered": OUTCOME,
    "`outcome` failed": FAILED,
    "`outcome` interrupted": INTERRUPTED,
    "`refusal`": REFUSAL,
    "`refusals.counted`": COUNTED,
}


def tell(body):
    """What each format says of how it ended, as the page writes it."""
    one = record(body)
    ocsf, ecs = (orjson.loads(FORMATS[name].encode(one)) for name in ("ocsf", "ecs"))
    cef = parse(FORMATS["cef"].encode(one).decode())
    numbers = ", ".join(f"`{name}` {ocsf[name]}" for name in ("action_id", "disposition_id", "status_id"))
    alert = ", `is_alert`" if ocsf["is_alert"] else ""
    outcome = f", `outcome` {cef['outcome']}" if "outcome" in cef else ""
    types, ended = ", ".join(ecs["event"]["type"]), ecs["event"]["outcome"]
    return f"{numbers}{alert} | `event.type` {types}; `event.outcome` {ended} | `act` {cef['act']}{outcome}"


@pytest.mark.parametrize("what", ROWS)
def test_how_a_request_ended_is_told_in_each_format_as_the_page_says(what):
    assert f"| {what} | {tell(ROWS[what])} |\n" in PAGE


def test_every_verdict_has_a_row():
    assert {record(body).verdict for body in ROWS.values()} == set(ENDINGS)


def test_a_request_of_which_nobody_knows_how_it_ended_is_no_success():
    one = record({**OUTCOME, "outcome": "evaporated"})
    assert orjson.loads(FORMATS["ocsf"].encode(one))["status"] == "Failure"
    assert orjson.loads(FORMATS["ecs"].encode(one))["event"]["outcome"] == "unknown"
    assert parse(FORMATS["cef"].encode(one).decode())["act"] == "unknown"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        *(({**ROLLED_BACK, "found": found.value}, "failure") for found in Found if found is not Found.CURSOR_MISSING),
        ({**ROLLED_BACK, "found": "cursor_missing"}, "success"),
        (STARTED, "success"),
    ],
)
def test_that_shipping_found_something_is_no_success_but_for_a_new_sink(body, outcome):
    one = record(body)
    assert orjson.loads(FORMATS["ocsf"].encode(one))["status"] == outcome.title()
    assert orjson.loads(FORMATS["ecs"].encode(one))["event"]["outcome"] == outcome
