"""The part of the weekly report on emergencies: what a reviewer sees of reviews that are due, overdue and done."""

from datetime import timedelta

import pytest

from gateway.auditing.reports import Period, page, weekly
from gateway.clock import format_instant
from tests.auditing.ledgers import START

WEEK = Period(since=START, until=START + timedelta(days=7))


def opened(decision_id, *, due_in_hours, user_id="u01"):
    due_at = format_instant(START + timedelta(hours=due_in_hours))
    told = {"decision_id": decision_id, "user_id": user_id, "case_number": "CALL-4711", "due_at": due_at}
    return ("emergency.opened", told)


def reviewed(decision_id, outcome="justified"):
    return ("emergency.reviewed", {"user_id": "u07", "about": decision_id, "outcome": outcome, "searched_by": "u01"})


@pytest.fixture
def told(reading, access):
    """The rows of the report, by decision, and the number at its head."""

    def tell(period=WEEK):
        report = weekly(reading(), access, period=period, made_at=period.until)
        table = next(one.table for one in report.sections if one.table and one.table.name == "emergencies")
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        figure = next(one for one in report.figures if one.label == "Overdue reviews")
        return rows, figure, page(report)

    return tell


def test_an_overdue_review_stands_first_and_at_the_head_of_the_report(ledger, told):
    ledger.events(
        opened("d-late", due_in_hours=72),
        opened("d-open", due_in_hours=24 * 8, user_id="u02"),
        opened("d-done", due_in_hours=72),
        reviewed("d-done", "not_justified"),
    )
    rows, figure, shown = told()
    assert [(row["Decision"], row["Review"], row["By"]) for row in rows] == [
        ("d-late", "overdue", None),
        ("d-done", "not justified", "u07"),
        ("d-open", "due", None),
    ]
    assert (figure.value, figure.alarming) == ("1", True)
    assert "Emergencies and their reviews" in shown
    assert "overdue" in shown


def test_a_review_that_is_overdue_stands_in_every_report_until_it_is_done(ledger, told):
    ledger.events(opened("d-late", due_in_hours=72))
    second = Period(since=WEEK.until, until=WEEK.until + timedelta(days=7))
    third = Period(since=second.until, until=second.until + timedelta(days=7))
    assert [row["Review"] for row in told(second)[0]] == ["overdue"]
    ledger.clock.now = second.until + timedelta(days=1)
    ledger.events(reviewed("d-late"))
    rows, figure, _ = told(third)
    assert [(row["Review"], row["On"]) for row in rows] == [("justified", f"{ledger.clock.now:%Y-%m-%d %H:%M}")]
    assert (figure.value, figure.alarming) == ("0", False)
    fourth = Period(since=third.until, until=third.until + timedelta(days=7))
    assert told(fourth)[0] == []


def test_an_emergency_that_never_reached_the_vendor_is_told_so_and_never_becomes_overdue(ledger, told):
    unsent = {"decision_id": "d-unsent", "user_id": "u01", "case_number": "CALL-4711"}
    ledger.events(opened("d-unsent", due_in_hours=1), ("emergency.not_sent", unsent))
    rows, figure, _ = told()
    assert [(row["Decision"], row["Review"], row["By"]) for row in rows] == [("d-unsent", "not sent", None)]
    assert (figure.value, figure.alarming) == ("0", False)


def test_a_week_without_emergencies_says_so(ledger, told):
    ledger.events(("gateway.started", {}))
    rows, figure, _ = told()
    assert (rows, figure.value, figure.alarming) == ([], "0", False)
