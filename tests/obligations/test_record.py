"""What the record says of obligations."""

import json

from gateway.canonical import canonical
from gateway.obligations import absolute, for_page
from tests.obligations.samples import (
    ANY_DAY,
    SHIPPED,
    days_ago,
    known,
    match,
    narrowed,
    obligation,
)
from tests.obligations.test_page import opening


def test_every_obligation_is_described_with_the_instants_it_came_to_mean():
    effective = narrowed(facts=known(match(plate_state="AR", valid_from=ANY_DAY)))
    assert absolute(effective, SHIPPED) == [
        {
            "id": "window",
            "type": "clamp_window",
            "max_lookback_days": 1826,
            "not_before": "2026-10-23T14:00:00.000Z",
            "not_after": "2026-11-21T14:00:00.000Z",
        },
        {
            "id": "age",
            "type": "drop_reads_older_than",
            "basis": "window_or_plate_start",
            "not_before": "2026-11-01T00:00:00.000Z",
        },
        {"id": "target", "type": "drop_other_plates", "matches": [0], "states": ["AR"]},
        {"id": "links", "type": "strip_links"},
        {"id": "limit", "type": "limit_results", "max": 50, "limit": 10},
    ]


def test_a_notified_channel_and_masked_kinds_are_in_the_record():
    more = (obligation("notify", channel="privacy"), obligation("mask_fields", kinds=["location"]))
    assert absolute(narrowed(obligations=(*SHIPPED, *more)), more) == [
        {"id": "notify", "type": "notify", "channel": "privacy"},
        {"id": "mask_fields", "type": "mask_fields", "kinds": ["location"]},
    ]


def test_a_page_is_described_by_both_decisions_together():
    opened = narrowed(obligations=(*SHIPPED, obligation("clamp_window", max_lookback_days=10)))
    (window, *_) = absolute(for_page(opening(opened), narrowed(), "v2"), SHIPPED)
    assert window["not_before"] == days_ago(10).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_the_description_is_canonical_json_without_the_plate():
    text = canonical(absolute(narrowed(), SHIPPED))
    assert "ABC" not in text
    assert len(json.loads(text)) == len(SHIPPED)


def test_a_parameter_cannot_pass_itself_off_as_the_id_or_an_instant():
    (told,) = absolute(narrowed(), [obligation("clamp_window", id="x", type="y", not_before="z")])
    assert (told["id"], told["type"]) == ("clamp_window", "clamp_window")
    assert told["not_before"].startswith("2026-")
