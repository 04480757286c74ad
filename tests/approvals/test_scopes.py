"""What a refusal lets somebody ask for: only what could help, by what was told alone."""

from datetime import timedelta

import pytest

from gateway.approvals import ApprovalRules, Approvals
from gateway.approvals.scopes import (
    describe_request,
    describe_terms,
    list_scopes,
    read_standing,
    tell_instead,
    write_notice,
)
from gateway.clock import format_instant, now
from gateway.store.runtime_rows import REQUESTS, change
from tests.approvals.test_deciders import keep_request

LEAVE_OUT = {"code": "emergency_not_allowed", "remedy": "Leave out the place."}


def test_an_emergency_that_is_not_open_in_its_way_lets_one_ask_for_its_protected_plate_alone():
    told = [{"code": "geo_search_not_approved"}, LEAVE_OUT]
    assert list_scopes(told) == []
    assert list_scopes([*told, {"code": "emergency_needs_second_person"}]) == ["protected_plate"]
    assert list_scopes(told[:1]) == ["geo_search"]


def test_where_no_approval_helps_the_remedies_of_the_refusal_are_told_each_once():
    own = {"code": "closed_today", "message": "Closed.", "fix": "Wait."}
    told = tell_instead([LEAVE_OUT, LEAVE_OUT, own], [])
    assert told == "Put right what the refusal names, then search again: Leave out the place. Wait."
    assert tell_instead([LEAVE_OUT], ["geo_search"]) == "What it lets you ask for is: geo_search."


def test_who_asked_sees_the_scope_asked_for_and_who_decides_both():
    row = {"user_id": "officer", "scope": "partial_plate+protected_plate", "status": "approved"}
    own, others = describe_request(row, "officer"), describe_request(row, "supervisor")
    assert (own["scope"], "also" in own) == ("partial_plate", False)
    assert (others["scope"], others["also"]) == ("partial_plate", "protected_plate")


def test_what_is_to_be_given_also_with_a_request_that_waits_is_not_said_where_its_plate_was_not_opened():
    row = {"user_id": "officer", "scope": "partial_plate", "status": "requested"}
    assert "also" not in describe_request(row, "supervisor")
    assert describe_request(row | {"status": "denied"}, "supervisor")["also"] is None


ROW = {"user_id": "officer", "case_number": "25-1", "scope": "partial_plate", "status": "requested", "hours": 1}


def test_a_request_says_whether_it_names_a_plate_and_one_of_a_protected_plate_that_it_counts_for_nothing():
    unnamed, named = describe_request(ROW, "officer"), describe_request(ROW | {"plate_hash": "h"}, "officer")
    assert unnamed["covers"] == "any plate of the case's own subjects"
    assert named["covers"] == "the plate, or part of one, that it names"
    assert describe_request(ROW | {"scope": "protected_plate"}, "officer")["covers"] == "nothing, for it names no plate"


def test_a_notice_says_what_is_covered_and_that_another_number_of_hours_was_given_than_asked_for():
    given = {"status": "approved", "decided_at": "2026-11-22T14:00:00Z", "expires_at": "2026-11-22T22:00:00Z"}
    asked, approved = (row | describe_terms(row) for row in (ROW, ROW | given))
    covering = "covering any plate of the case's own subjects"
    told = [write_notice("approval.requested", row, ()) for row in (asked, approved)]
    assert told[0].sentence.endswith(f"partial_plate for officer in case 25-1, 1 h, {covering}")
    assert told[1].sentence.endswith(f"in case 25-1, 8 h (1 h asked for), {covering}")
    assert told[0].fields["covers"] == "any plate of the case's own subjects"
    assert (asked["hours_given"], approved["hours_given"]) == (None, 8)


def test_a_notice_says_nothing_of_what_was_given_beside_the_scope_that_was_asked_for():
    row = ROW | {"status": "approved", "plate_hash": "h"}
    plain, joined = (one | describe_terms(one) for one in (row, row | {"scope": "partial_plate+protected_plate"}))
    assert write_notice("approval.approved", joined, ()) == write_notice("approval.approved", plain, ())


@pytest.mark.parametrize(("hours", "stands"), [(1, "approved"), (-1, "expired")])
def test_an_approval_stands_as_expired_once_its_time_is_over_and_its_status_stays(hours, stands):
    given = {"status": "approved", "expires_at": format_instant(now() + timedelta(hours=hours))}
    told = describe_request(ROW | given, "officer")
    assert (told["standing"], told["status"]) == (stands, "approved")


@pytest.mark.parametrize("status", ["requested", "denied", "revoked"])
def test_what_is_not_in_force_anyhow_stands_as_its_status_says(status):
    assert read_standing(ROW | {"status": status, "expires_at": "2020-01-01T00:00:00Z"}) == status


@pytest.mark.parametrize("by_earlier_version", [False, True])
def test_a_revoked_approval_says_still_who_gave_it_when_and_for_how_long(parts, by_earlier_version):
    approvals = Approvals(parts, lambda: ApprovalRules(max_hours=72, other_office=True))
    keep_request(parts, "a1", "officer")
    given_at = now()
    approvals.approve("supervisor", approvals.find("officer", "a1"), hours=8, reason="seen", now=given_at)
    if by_earlier_version:
        change(parts.store, REQUESTS, REQUESTS.c.approval_id == "a1", given_by=None, given_at=None)
    approvals.revoke("elsewhere", approvals.find("officer", "a1"), reason="over", now=given_at + timedelta(hours=1))
    [told] = approvals.visible("officer", "revoked")
    assert [told[name] for name in ("given_by", "given_at", "hours_given")] == [
        "supervisor",
        format_instant(given_at),
        8,
    ]
    assert (told["decided_by"], told["standing"]) == ("elsewhere", "revoked")


def test_a_request_that_nobody_gave_names_nobody_as_its_giver(parts):
    approvals = Approvals(parts, lambda: ApprovalRules(max_hours=72, other_office=True))
    keep_request(parts, "a1", "officer")
    approvals.deny("supervisor", approvals.find("officer", "a1"), reason="no", now=now())
    [told] = approvals.visible("officer", "denied")
    assert (told["decided_by"], told["given_by"], told["hours_given"]) == ("supervisor", None, None)
