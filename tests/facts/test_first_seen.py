"""How long an approval runs is counted from when it was first delivered, not from when it begins to look short."""

from datetime import timedelta

from gateway.model import Question
from tests.facts.agency import NOW, with_lines

ASKED = Question(user_id="u1", case_number=None, plate=None)
DAY = timedelta(days=1)


def approvals_of(facts):
    return {approval.approval_id: approval.first_seen for approval in facts.look_up(ASKED).approvals}


def lines(*rows):
    return {"approvals": with_lines("approvals", [f"{name},u1,,geo_search,,u2,{until}" for name, until in rows])}


def test_an_approval_keeps_its_first_day_however_often_it_is_delivered(url, load, opened):
    load(url, **lines(("long", "2027-11-01T00:00:00Z")))
    load(url, options={"now": NOW + DAY}, **lines(("long", "2027-11-01T00:00:00Z"), ("new", "2026-11-25T00:00:00Z")))
    load(
        url, options={"now": NOW + 2 * DAY}, **lines(("long", "2027-11-01T00:00:00Z"), ("new", "2026-11-25T00:00:00Z"))
    )
    seen = approvals_of(opened(url))
    assert (seen["long"], seen["new"]) == (NOW, NOW + DAY)


def test_an_approval_made_longer_day_by_day_does_not_begin_anew(url, load, opened):
    for day in range(3):
        until = (NOW + timedelta(days=day + 2)).strftime("%Y-%m-%dT00:00:00Z")
        load(url, options={"now": NOW + timedelta(days=day)}, **lines(("rolling", until)))
    assert approvals_of(opened(url))["rolling"] == NOW
