"""What the records make of a finding, and when somebody is reminded of it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from gateway.auditing.source import open_source
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.oversight.reviews import Reviewer, check_assignment, check_review, due_reminders
from gateway.oversight.reviews.board import FindingBoard, ReviewRules
from gateway.oversight.reviews.findings import fold, restore
from gateway.oversight.reviews.reviewed import list_reviewed
from tests.auditing.ledgers import Ask

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
DUE = {"alert": 3, "warn": 14}


def record(event_type, *, finding_id="D1-1", why=None, **details):
    return (
        event_type,
        AT.replace(tzinfo=None),
        finding_id,
        "u1",
        "BAL",
        orjson.dumps(details).decode(),
        "operator",
        why,
    )


def opened(finding_id="D1-1", **details):
    given = {"detector": "D1", "severity": "alert", "at": "2026-11-02T08:00:00.000Z", "decision_ids": ["d1", "d2"]}
    return record("finding.opened", finding_id=finding_id, **(given | details))


def judge(**changes):
    values = {"user_id": "u7", "office": "HQ", "roles": ("privacy",), "active": True} | changes
    return Reviewer(**values)


def test_a_finding_is_open_then_assigned_then_what_the_review_said():
    assigned, reviewed = (
        record("finding.assigned", reviewer="u7"),
        record("finding.reviewed", outcome="misuse", reviewer="u7", why="x"),
    )
    states = [fold([opened(), assigned, reviewed][:number], DUE)[0].status for number in (1, 2, 3)]
    assert states == ["open", "assigned", "misuse"]


def test_each_step_of_a_finding_tells_the_detectors_title_where_the_finding_was_recorded_with_one():
    [titled], [untitled] = fold([opened(title="Many plates")], DUE), fold([opened()], DUE)
    assert titled.tell_concerned()["title"] == restore(titled.describe()).title == "Many plates"
    assert "title" not in untitled.tell_concerned()


def test_the_same_finding_recorded_twice_is_one():
    assert len(fold([opened(), opened()], DUE)) == 1


def test_a_finding_is_due_when_its_record_says_whatever_the_table_says_since():
    [known] = fold([opened(due_at="2026-11-05T09:00:00.000Z")], {"alert": 1, "warn": 1})
    [of_an_earlier_version] = fold([opened()], {"alert": 1, "warn": 1})
    assert (known.due, of_an_earlier_version.due) == (AT + timedelta(days=3), AT + timedelta(days=1))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"user_id": "u1"}, "themselves"),
        ({"active": False}, "not an active person"),
        ({"roles": ("officer",)}, "none of the roles"),
        ({"office": "BAL"}, "another office"),
    ],
)
def test_who_may_not_review_is_told_why(changes, told):
    [finding] = fold([opened(another_office=True)], DUE)
    check_assignment(finding, judge(), ["privacy"])
    with pytest.raises(ConfigurationError, match=told):
        check_assignment(finding, judge(**changes), ["privacy"])


@pytest.mark.parametrize(
    ("changes", "told"), [({"user_id": "u2"}, "search of theirs"), ({"office": "NYC"}, "BAL, NYC")]
)
def test_nobody_judges_a_pattern_in_which_a_search_of_theirs_is_though_another_completed_it(changes, told):
    [finding] = fold([opened(another_office=True, persons=["u1", "u2"], offices=["BAL", "NYC"])], DUE)
    check_assignment(finding, judge(), ["privacy"])
    with pytest.raises(ConfigurationError, match=told):
        check_assignment(finding, judge(**changes), ["privacy"])
    assert restore(finding.describe()).is_about("u2")


def test_a_review_by_a_person_concerned_closes_nothing_however_it_came_onto_the_record():
    told = [opened(persons=["u1", "u2"]), record("finding.reviewed", outcome="explained", reviewer="u2")]
    assert fold(told, DUE)[0].status == "open"


def test_only_the_reviewer_it_is_assigned_to_closes_a_finding():
    [finding] = fold([opened(), record("finding.assigned", reviewer="u8")], DUE)
    with pytest.raises(ConfigurationError, match="assigned to u8"):
        check_review(finding, judge(), ["privacy"], outcome="explained", why="x")


@pytest.mark.parametrize(("days", "event"), [(1, None), (2.5, "finding.reminded"), (3, "finding.escalated")])
def test_a_review_is_reminded_of_a_day_before_it_is_due_and_then_taken_to_the_privacy_office(days, event):
    found = fold([opened()], DUE)
    due = list(due_reminders(found, now=AT + timedelta(days=days), remind=timedelta(days=1)))
    assert [kind for _, kind in due] == ([event] if event else [])


def test_what_was_reminded_of_or_reviewed_is_not_reminded_of_again():
    told = [opened(), record("finding.reminded"), record("finding.escalated")]
    assert list(due_reminders(fold(told, DUE), now=AT + timedelta(days=9), remind=timedelta(days=1))) == []
    closed = [opened(), record("finding.reviewed", outcome="explained")]
    assert list(due_reminders(fold(closed, DUE), now=AT + timedelta(days=9), remind=timedelta(days=1))) == []


def test_a_person_is_told_how_many_searches_of_theirs_were_reviewed_lately_and_of_nobody_elses(agency, tmp_path):
    made = [one.decision_id for one in agency.search(Ask(person="u01"), *[Ask(person="u02")] * 3)]
    with agency.open() as ledger:
        answered = {"name": "may", "decision": made[3], "answers": {"plate": "yes"}}
        ledger.record(admin_record("sample.reviewed", operator="root", oversight=answered))
    judged = record("finding.reviewed", outcome="explained")
    findings = fold([opened(decision_ids=made[:2]), judged, opened(finding_id="D1-2", decision_ids=made[2:3])], DUE)
    board = FindingBoard(folder=tmp_path, rules=lambda: ReviewRules(reviewer_roles=("privacy",), told_days=90))
    assert board.count_reviewed("u01", AT) == 0
    with open_source(agency.directory) as source:
        board.write(findings, list_reviewed(source, findings))
    counted = [board.count_reviewed(person, AT + timedelta(days=day)) for person in ("u01", "u02") for day in (1, 91)]
    assert counted == [1, 0, 2, 0]
