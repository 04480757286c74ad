"""What the record says of how an allowed request ended, and what an explained one is answered."""

import json
import time
from types import SimpleNamespace

import pytest

from gateway.errors import Refusal
from gateway.model import Answer, Filtered, Obligation, Results, VendorAnswer
from gateway.pep.outcome import (
    explanation,
    failure,
    outcome,
    reply,
    require_readable,
    tell_limit,
    tell_spelling,
    tell_unread,
)
from gateway.pep.ports import UntoldFailures
from gateway.reasons import Reason
from gateway.upstream import VendorFailure
from gateway.value import replace
from gateway.vendors import load_profile
from tests.ledger.records.test_decision import dossier
from tests.obligations.samples import SHIPPED, decision, narrowed, query, term

VENDOR_ANSWER = VendorAnswer(status=200, headers=(("x-request-id", "v-77"),), body=b"x" * 40)
FILTERED = Filtered(
    results=Results(reads=(), frame=(), next_page=None, previous_page=None, withheld=0),
    returned=3,
    dropped={"other_plate": 2},
    withheld=5,
)


def forwarded(**changes):
    case = dossier(started_ns=time.monotonic_ns() - 5_000_000, vendor_ms=3)
    case.forwarded, case.answered = True, VENDOR_ANSWER
    for name, value in changes.items():
        setattr(case, name, value)
    return case


@pytest.mark.parametrize(
    ("limit", "next_page", "told"),
    [(5, None, "5"), (4, None, "4"), (6, None, None), (None, None, None), (5, "p2", None)],
)
def test_an_answer_that_may_have_been_cut_says_at_how_many_reads(limit, next_page, told):
    given = replace(FILTERED, results=replace(FILTERED.results, next_page=next_page))
    assert dict(tell_limit(replace(narrowed(), limit=limit), given)).get("X-LPR-Limit") == told


@pytest.mark.parametrize(("typed", "told"), [("ABC12O", "as-issued"), ("ABC120", None)])
def test_an_answer_says_where_another_spelling_was_searched_than_was_typed_and_not_which(typed, told):
    asked = query(plate=term(typed))
    permit = SimpleNamespace(query=asked, effective=narrowed(query()), decision=decision(*SHIPPED))
    assert dict(tell_spelling(permit)) == ({"X-LPR-Spelling": told} if told else {})


@pytest.mark.parametrize(("typed", "told"), [("B0Y1*", "as-typed"), ("BOY1*", "as-typed"), ("FNA5*", None)])
def test_of_a_part_with_o_or_0_it_is_said_that_these_were_searched_as_typed(typed, told):
    asked = query(plate=replace(term(typed), match="partial"))
    permit = SimpleNamespace(query=asked, effective=SimpleNamespace(plate=asked.plate.text))
    assert dict(tell_spelling(permit)) == ({"X-LPR-Spelling": told} if told else {})


@pytest.mark.parametrize(("typed", "told"), [("B0Y120", "as-typed"), ("FNA579", None)])
def test_of_an_emergencys_plate_with_o_or_0_it_is_said_that_it_was_searched_as_typed(typed, told):
    asked, as_typed = query(plate=term(typed)), decision(Obligation(id="typed", type="search_typed_plate", params={}))
    permit = SimpleNamespace(query=asked, effective=SimpleNamespace(plate=asked.plate.text), decision=as_typed)
    assert dict(tell_spelling(permit)) == ({"X-LPR-Spelling": told} if told else {})


@pytest.mark.parametrize(("returned", "dropped"), [(0, {"unreadable": 2}), (0, {"unreadable": 1, "other_plate": 4})])
def test_an_answer_of_which_nothing_passes_and_something_cannot_be_read_is_no_empty_answer(returned, dropped):
    with pytest.raises(Refusal) as refused:
        require_readable(replace(FILTERED, returned=returned, dropped=dropped))
    assert refused.value.reason is Reason.VENDOR_ANSWER_UNUSABLE


@pytest.mark.parametrize(
    ("returned", "dropped", "told"), [(3, {"unreadable": 2}, "2"), (3, {"other_plate": 2}, None), (0, {}, None)]
)
def test_an_answer_says_how_many_reads_of_it_cannot_be_read(returned, dropped, told):
    given = replace(FILTERED, returned=returned, dropped=dropped)
    require_readable(given)
    assert dict(tell_unread(UntoldFailures(), forwarded(), given)).get("X-LPR-Unreadable") == told


def test_an_answer_is_recorded_with_what_came_what_was_left_out_and_what_went_on():
    found = outcome(forwarded(), FILTERED, b"y" * 30)
    assert (found.status, found.reason, found.forwarded) == (200, None, True)
    assert (found.result_count, found.dropped, found.withheld) == (3, {"other_plate": 2}, 5)
    assert (found.bytes_from_vendor, found.bytes_out) == (40, 30)
    assert (found.vendor_status, found.vendor_request_id, found.vendor_ms) == (200, "v-77", 3)
    assert found.duration_ms >= 5


def test_a_failure_before_the_vendor_was_asked_says_so():
    answer = Answer(status=500, headers=(), body=b"told")
    found = failure(dossier(), Refusal(Reason.INTERNAL_ERROR), answer)
    assert (found.forwarded, found.reason, found.status) == (False, "internal_error", 500)
    assert (found.vendor_status, found.vendor_request_id, found.bytes_from_vendor) == (None, None, 0)
    assert found.bytes_out == len(answer.body)


@pytest.mark.parametrize(("sent", "status"), [(False, None), (True, None), (True, 503)])
def test_a_vendors_failure_says_whether_the_request_had_gone_out_and_what_came(sent, status):
    failed = VendorFailure(Reason.VENDOR_UNREACHABLE, "gone", sent=sent, status=status)
    case = forwarded(answered=None)
    found = failure(case, failed, Answer(status=502, headers=(), body=b""))
    assert (found.forwarded, found.vendor_status, found.reason) == (sent, status, "vendor_unreachable")


@pytest.mark.parametrize("value", ["v" * 129, "tab\there", "é", "line\nbreak"])
def test_an_id_of_the_vendors_that_is_not_plain_text_is_not_kept(value):
    answered = replace(VENDOR_ANSWER, headers=(("x-request-id", value),))
    assert outcome(forwarded(answered=answered), FILTERED, b"").vendor_request_id is None


def test_an_answer_is_of_the_vendors_media_type_kept_by_nobody_and_names_its_decision():
    profile = load_profile("flock")
    case = dossier()
    answer = reply(SimpleNamespace(profile=profile), case, b"{}")
    assert (answer.status, answer.body) == (200, b"{}")
    kept = {"Content-Type": profile.media.answer, "Cache-Control": "no-store"}
    assert dict(answer.headers) == kept | {"X-LPR-Decision": case.decision_id}


def test_an_explained_search_shows_window_limit_and_obligations_and_no_plate():
    effective = narrowed()
    answer = explanation(SimpleNamespace(effective=effective, decision=decision(*SHIPPED)), "d1")
    told = json.loads(answer.body)
    assert (told["allow"], told["decision_id"], told["reasons"]) == (True, "d1", [])
    assert told["window"] == {"start": "2026-10-23T14:00:00.000Z", "end": "2026-11-21T14:00:00.000Z"}
    assert told["limit"] == effective.limit
    assert [one["id"] for one in told["obligations"]] == [obligation.id for obligation in SHIPPED]
    assert effective.plate not in answer.body.decode()
    assert dict(answer.headers)["Cache-Control"] == "no-store"
