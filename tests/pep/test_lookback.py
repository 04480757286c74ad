"""The first day that may be searched: told where the window is what is wrong, and where the tables and the case say it."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from gateway.model import CaseFile, Dossier
from gateway.pep.lookback import Lookbacks, find_lacking, tell_lookback
from gateway.pep.problem import Remedy
from gateway.reasons import Reason
from gateway.value import replace
from tests.vendors import samples

TABLES = Lookbacks(civil=1826, criminal_at_most=3652, emergency=3)
CASE = CaseFile(
    case_number="25-1",
    kind="criminal",
    status="open",
    opened_on=None,
    closed_on=None,
    offense_code=None,
    lookback_from=date(2024, 2, 29),
    office=None,
    assigned=True,
)


def told(*, purpose="criminal_investigation", reason=Reason.LOOKBACK_TOO_LONG, tables=TABLES, **changes):
    case = Dossier(decision_id="d1", request=samples.lookup(state=None), declared=SimpleNamespace(purpose=purpose))
    case.known = SimpleNamespace(case=replace(CASE, **changes))
    return tell_lookback(case, reason, tables)


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"kind": "civil"}, date(2021, 11, 23)),
        ({"kind": "criminal"}, date(2024, 2, 29)),
        ({"kind": "criminal", "lookback_from": date(1999, 1, 1)}, date(2016, 11, 23)),
    ],
)
def test_the_first_day_is_that_of_the_kind_of_case(changes, first):
    assert told(**changes) == f"It may start on {first.isoformat()} or later."


@pytest.mark.parametrize(("start", "is_told"), [("2024-02-28", True), ("2024-02-29", False), ("2026-11-01", False)])
def test_no_day_is_told_to_whom_it_would_not_help_since_the_search_begins_later_already(start, is_told):
    case = Dossier(decision_id="d1", request=samples.lookup(state=None), declared=SimpleNamespace(purpose="x"))
    case.known = SimpleNamespace(case=CASE)
    case.query = SimpleNamespace(window=SimpleNamespace(start=datetime.fromisoformat(f"{start}T12:00:00+00:00")))
    assert (tell_lookback(case, Reason.LOOKBACK_TOO_LONG, TABLES) is not None) is is_told


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "administrative"},
        {"kind": "civil", "tables": Lookbacks()},
        {"reason": Reason.CASE_CLOSED},
    ],
)
def test_nothing_is_told_where_the_window_is_not_what_is_wrong_or_nobody_says_how_far(changes):
    assert told(**changes) is None


def test_a_window_that_lies_ahead_is_told_how_far_ahead_it_may_end():
    case = Dossier(decision_id="d1", request=samples.lookup(state=None))
    told = tell_lookback(case, Reason.WINDOW_IN_FUTURE, Lookbacks(ahead_hours=24))
    assert told == "It must begin before now, and may end at most 24 hours from now."
    assert tell_lookback(case, Reason.WINDOW_IN_FUTURE, Lookbacks()) is None


@pytest.mark.parametrize(("column", "changes"), [("lookback_from", {"lookback_from": None}), ("kind", {"kind": None})])
def test_of_a_case_file_that_lacks_what_every_window_needs_it_is_told_who_adds_it_and_nothing_of_the_window(
    column, changes
):
    remedy = told(**changes)
    assert isinstance(remedy, Remedy)
    assert (f"have whoever keeps it add that ({column})" in remedy, "may start" in remedy) == (True, False)
    assert find_lacking(replace(CASE, **changes)) == column


def test_of_a_case_file_that_is_whole_nothing_lacks():
    assert [find_lacking(replace(CASE, **one)) for one in ({}, {"kind": "civil", "lookback_from": None})] == [
        None,
        None,
    ]


def test_an_emergency_is_told_the_first_full_hour_and_nothing_of_the_case():
    remedy = told(purpose="exigent_circumstances", kind=None)
    assert remedy.endswith("it may start at 2026-11-19T15:00:00.000Z or later.")
