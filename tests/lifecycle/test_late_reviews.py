"""Which reviews an emergency search was denied for is found in the record, as it was at that instant."""

from datetime import timedelta

from gateway.clock import format_instant
from gateway.lifecycle.late_reviews import LateReview, find_late_reviews
from tests.auditing.ledgers import START, LedgerInMaking


def opened(decision_id, user_id="u01", due=START):
    return "emergency.opened", {"decision_id": decision_id, "user_id": user_id, "due_at": format_instant(due)}


def find(made, at):
    return find_late_reviews(made.directory, "u01", format_instant(at))


def test_the_reviews_of_this_person_that_were_due_and_not_done_are_found_with_when_they_were_due(tmp_path):
    made = LedgerInMaking(tmp_path)
    made.events(opened("d1", due=START + timedelta(hours=1)), opened("d2"), opened("d3", "u02"), opened("d4"))
    made.events(("emergency.not_sent", {"decision_id": "d4", "user_id": "u01"}))
    made.events(opened("d5", due=START + timedelta(days=2)), slot="w1")
    expected = (
        LateReview(decision_id="d2", due_at=format_instant(START)),
        LateReview(decision_id="d1", due_at=format_instant(START + timedelta(hours=1))),
    )
    assert find(made, START + timedelta(days=1)) == expected


def test_a_review_that_was_done_later_was_late_until_then(tmp_path):
    made = LedgerInMaking(tmp_path)
    made.events(opened("d1"))
    before = made.clock.now
    made.events(("emergency.reviewed", {"decision_id": "d1", "user_id": "u07"}))
    assert [one.decision_id for one in find(made, before)] == ["d1"]
    assert find(made, made.clock.now) == ()
