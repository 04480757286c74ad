"""Whose requests a supervisor is shown, in a store that holds many more of everybody else's."""

from datetime import timedelta

import pytest

from gateway.approvals import ApprovalRules, Approvals
from gateway.approvals.deciders import find_objection, select_decidable
from gateway.clock import format_instant
from gateway.store.runtime_rows import REQUESTS, find, keep
from tests.approvals.staff import NOW, STAFF

MANY = 510


def keep_request(parts, approval_id, user_id, *, office="BAL", status="requested", minutes=0):
    row = {"approval_id": approval_id, "user_id": user_id, "office": office, "case_number": "25-1", "hours": 4}
    row |= {"scope": "geo_search", "reason_sealed": parts.protection.seal("why", approval_id, "reason")}
    keep(
        parts.store,
        REQUESTS,
        row | {"status": status, "requested_at": format_instant(NOW + timedelta(minutes=minutes))},
    )


def listed(parts, user_id, status=None):
    approvals = Approvals(parts, lambda: ApprovalRules(max_hours=72, other_office=False))
    return [one["approval_id"] for one in approvals.visible(user_id, status)]


def test_what_waits_for_a_supervisor_is_listed_however_many_newer_requests_other_offices_have(parts):
    keep_request(parts, "waiting", "officer")
    for number in range(MANY):
        keep_request(parts, f"other{number}", "stranger", office="NYC", minutes=number + 1)
    assert listed(parts, "supervisor", "requested") == ["waiting"]
    assert listed(parts, "officer") == ["waiting"]


def test_what_waits_is_listed_however_many_newer_ones_of_the_office_were_decided(parts):
    keep_request(parts, "waiting", "officer")
    for number in range(MANY):
        keep_request(parts, f"done{number}", "officer", status="denied", minutes=number + 1)
    assert listed(parts, "supervisor")[-1] == "waiting"
    assert listed(parts, "supervisor", "denied")[0] == f"done{MANY - 1}"


@pytest.mark.parametrize("other_office", [True, False])
@pytest.mark.parametrize("user_id", [*STAFF.people, "nobody"])
def test_the_store_is_asked_for_exactly_the_requests_that_a_person_may_decide(parts, user_id, other_office):
    for number, (asked, office) in enumerate(
        [("officer", "BAL"), (user_id, "BAL"), ("stranger", "NYC"), ("lost", None)]
    ):
        keep_request(parts, f"a{number}", asked, office=office)
    person, rows = (
        STAFF.person(user_id),
        find(parts.store, REQUESTS, REQUESTS.c.user_id != "", newest_by="requested_at"),
    )
    may = {
        row["approval_id"] for row in rows if find_objection(user_id, person, row, other_office=other_office) is None
    }
    decidable = select_decidable(user_id, person, other_office=other_office)
    found = find(parts.store, REQUESTS, decidable, newest_by="requested_at")
    assert {row["approval_id"] for row in found} == may
