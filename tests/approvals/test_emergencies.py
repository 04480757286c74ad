"""Reviews that wait, however many; and what becomes of one while the record cannot be written."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.approvals import Emergencies
from gateway.cli.emergencies import describe_row
from gateway.clock import format_instant
from gateway.endpoints.emergencies import review_emergency
from gateway.errors import Refusal
from gateway.model import Dossier, ProvenUser
from gateway.reasons import Reason
from gateway.store.runtime_rows import EMERGENCIES, keep
from tests.approvals.staff import NOW, request_at

MANY = 510
LATER = NOW + timedelta(hours=73)


@pytest.fixture
def emergencies(parts, records):
    return Emergencies(parts, reviewers=lambda: frozenset({"supervisor"}), record=records.take)


def keep_emergency(parts, decision_id, minutes=0):
    at = NOW - timedelta(minutes=minutes)
    row = {"decision_id": decision_id, "user_id": "officer", "case_number": "CALL-1", "status": "due"}
    row |= {"at": format_instant(at), "due_at": format_instant(at + timedelta(hours=72)), "told_overdue": 0}
    keep(parts.store, EMERGENCIES, row)


def test_every_review_that_waits_is_counted_and_listed_the_longest_overdue_too(parts, emergencies):
    for number in range(MANY):
        keep_emergency(parts, f"d{number}", minutes=number)
    assert emergencies.count_awaiting("supervisor") == MANY
    assert emergencies.visible("supervisor", NOW)[-1]["decision_id"] == f"d{MANY - 1}"
    assert emergencies.standing(ProvenUser("officer"), NOW).due == MANY


def test_of_each_review_that_is_listed_it_is_said_whether_it_is_overdue(parts, emergencies):
    keep_emergency(parts, "d1")
    assert [emergencies.visible("supervisor", at)[0]["overdue"] for at in (NOW, LATER)] == [False, True]
    assert describe_row(emergencies.visible("supervisor", LATER)[0])["status"] == "overdue"


def test_a_review_that_became_overdue_while_nothing_could_be_recorded_is_recorded_afterwards_and_once(
    parts, emergencies, records
):
    keep_emergency(parts, "d1")
    with pytest.raises(Refusal):
        emergencies.overdue(LATER)
    records.full = False
    for _ in range(2):
        assert emergencies.overdue(LATER) == ["officer: 1 overdue review(s) of emergency searches"]
    assert records.kept == ["emergency.overdue"]


def test_a_review_whose_end_cannot_be_recorded_has_not_ended(parts, emergencies, records, reviewing):
    keep_emergency(parts, "d1")
    endpoint = SimpleNamespace(emergencies=emergencies, acts=records, tables=lambda: {"emergencies": {}})
    with pytest.raises(Refusal) as refused:
        review_emergency(endpoint, reviewing)
    assert refused.value.reason is Reason.AUDIT_UNAVAILABLE
    assert emergencies.count_awaiting("supervisor") == 1
    records.full = False
    assert review_emergency(endpoint, reviewing).status == 200
    assert records.kept == ["emergency.reviewed"]
    with pytest.raises(Refusal) as again:
        review_emergency(endpoint, reviewing)
    assert again.value.reason is Reason.REVIEW_DONE


def claim_emergency(decision_id="d1"):
    review = SimpleNamespace(type="require_review", params={"hours": 72})
    return Dossier(
        decision_id=decision_id,
        request=request_at("/flock/reads/lookup"),
        identity=SimpleNamespace(user_id="officer"),
        declared=SimpleNamespace(case_number="CALL-1", statement="kidnapping: child taken"),
        decision=SimpleNamespace(obligations=(review,)),
    )


def test_an_emergency_that_cannot_be_recorded_counts_for_nothing(emergencies, records):
    case = claim_emergency()
    with pytest.raises(Refusal) as refused:
        emergencies.open_review(case)
    assert refused.value.reason is Reason.AUDIT_UNAVAILABLE
    standing = emergencies.standing(ProvenUser("officer"), NOW)
    assert (standing.emergencies_24h, standing.due) == (0, 0)
    records.full = False
    emergencies.open_review(case)
    assert emergencies.standing(ProvenUser("officer"), NOW).due == 1
    assert records.kept == ["emergency.opened"]


def test_an_emergency_that_was_never_sent_counts_for_nothing_once_that_is_on_record(emergencies, records):
    case, person = claim_emergency(), ProvenUser("officer")
    records.full = False
    emergencies.open_review(case)
    records.full = True
    with pytest.raises(Refusal):
        emergencies.close_unsent(case)
    standing = emergencies.standing(person, NOW)
    assert (standing.emergencies_24h, standing.due) == (1, 1), "nothing says yet that it was not sent"
    records.full = False
    emergencies.close_unsent(case)
    standing = emergencies.standing(person, NOW)
    assert (standing.emergencies_24h, standing.due, standing.lately) == (0, 0, ())
    assert records.kept == ["emergency.opened", "emergency.not_sent"]
    assert emergencies.overdue(LATER) == []
    assert [one["status"] for one in emergencies.visible("supervisor", NOW)] == ["not_sent"]
    with pytest.raises(Refusal) as nothing_to_review:
        emergencies.may_review("supervisor", "d1")
    assert nothing_to_review.value.hint == "It never reached the vendor, so there is nothing to review."


def test_an_emergency_that_somebody_reviewed_already_is_not_taken_back(emergencies, records):
    case = claim_emergency()
    records.full = False
    emergencies.open_review(case)
    emergencies.review("supervisor", emergencies.may_review("supervisor", "d1"), "justified", "a child", NOW)
    with pytest.raises(Refusal) as refused:
        emergencies.close_unsent(case)
    assert refused.value.reason is Reason.REVIEW_DONE
    assert records.kept == ["emergency.opened"]
    assert emergencies.standing(ProvenUser("officer"), NOW).emergencies_24h == 1


@pytest.fixture
def reviewing():
    """A supervisor's request that ends the review of `d1`."""
    request = request_at(
        "/gateway/emergencies/d1/review", b'{"outcome": "justified", "reason": "confirmed by dispatch"}'
    )
    who = SimpleNamespace(user_id="supervisor", direct=True, on_behalf_of=None)
    return Dossier(decision_id="x1", request=request, identity=who)
