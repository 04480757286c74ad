"""Whose requests a supervisor is shown, in a store that holds many more of everybody else's."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from gateway.approvals import Addressees, ApprovalParts, ApprovalRules, Approvals, Emergencies, Notices, PlateProtection
from gateway.approvals.deciders import find_objection, select_decidable
from gateway.clock import format_instant
from gateway.model import ProvenUser, Subject
from gateway.store import open_store
from gateway.store.runtime_rows import EMERGENCIES, REQUESTS, find, keep

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
MANY = 510


@dataclass(frozen=True)
class Staff:
    """Who is known, by user id."""

    people: dict[str, Subject]

    def person(self, user_id):
        return self.people.get(user_id)


def subject(user_id, *, office="BAL", roles=("officer",), active=True):
    return Subject(user_id=user_id, name=None, component="HSI", office=office, roles=roles, active=active)


STAFF = Staff(
    {
        one.user_id: one
        for one in (
            subject("officer"),
            subject("supervisor", roles=("supervisor",)),
            subject("former", roles=("supervisor",), active=False),
            subject("elsewhere", office="NYC", roles=("supervisor",)),
            subject("homeless", office=None, roles=("supervisor",)),
        )
    }
)


@pytest.fixture
def parts(url):
    store, notices = open_store(url, b"i" * 32), Notices(None, None)
    protection = PlateProtection(b"p" * 32)
    yield ApprovalParts(store=store, protection=protection, people=STAFF, notices=notices, addressees=Addressees())
    notices.close()
    store.close()


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


def test_every_review_that_waits_is_counted_and_listed_the_longest_overdue_too(parts):
    for number in range(MANY):
        at = NOW - timedelta(minutes=number)
        row = {"decision_id": f"d{number}", "user_id": "officer", "case_number": "CALL-1", "status": "due"}
        row |= {"at": format_instant(at), "due_at": format_instant(at + timedelta(hours=72)), "told_overdue": 0}
        keep(parts.store, EMERGENCIES, row)
    emergencies = Emergencies(parts, reviewers=lambda: frozenset({"supervisor"}), record=lambda *_, **__: None)
    assert emergencies.count_awaiting("supervisor") == MANY
    assert emergencies.visible("supervisor", NOW)[-1]["decision_id"] == f"d{MANY - 1}"
    assert emergencies.standing(ProvenUser("officer"), NOW).due == MANY
