"""The first day that may be searched: told where the window is what is wrong, and where the tables and the case say it."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from gateway.model import Dossier, Window
from gateway.pep.case_gaps import find_lacking
from gateway.pep.lookback import Lookbacks, begin_in_time, tell_lookback
from gateway.pep.problem import Remedy
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import CASE_FILE
from tests.vendors import samples

TABLES = Lookbacks(civil=1826, criminal_at_most=3652, emergency=3)
CASE = replace(CASE_FILE, lookback_from=date(2024, 2, 29))


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
    assert told(**changes) == f"It may start on {first.isoformat()} or later, by UTC."


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


SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PURPOSE_AND_KIND = {3: ("exigent_circumstances", None), 1826: ("x", "civil"), 3652: ("x", "criminal")}


def begun(days, back, *, page_after=None):
    """The start that is judged, as how long ago it is, of a search that reaches `back`, or of its page so long after."""
    asked_at, now = samples.NOW - (page_after or timedelta()), samples.NOW
    query = replace(samples.opening().query, window=Window(start=asked_at - back, end=asked_at))
    purpose, kind = PURPOSE_AND_KIND[days]
    case = Dossier(decision_id="d1", request=samples.lookup(), declared=SimpleNamespace(purpose=purpose))
    case.known = SimpleNamespace(case=replace(CASE, kind=kind) if kind else None)
    if page_after is None:
        return now - begin_in_time(case, query, TABLES).window.start, case.notes
    case.opening = samples.opening(query=query, asked_at=asked_at)
    begin_in_time(case, query, TABLES)
    return now - case.opening.query.window.start, case.notes


@pytest.mark.parametrize("days", PURPOSE_AND_KIND)
@pytest.mark.parametrize("late", [timedelta(milliseconds=1), SECOND, 60 * SECOND])
def test_a_search_of_the_very_days_that_are_allowed_begins_at_the_limit_when_it_was_a_minute_on_its_way(days, late):
    assert begun(days, timedelta(days=days) + late) == (timedelta(days=days), ("window_begun_at_limit",))


@pytest.mark.parametrize("days", PURPOSE_AND_KIND)
@pytest.mark.parametrize("beyond", [-HOUR, timedelta(), 61 * SECOND, HOUR])
def test_a_search_within_its_days_or_more_than_a_minute_beyond_is_judged_as_it_was_asked(days, beyond):
    assert begun(days, timedelta(days=days) + beyond) == (timedelta(days=days) + beyond, ())


@pytest.mark.parametrize("days", PURPOSE_AND_KIND)
def test_a_page_of_a_search_that_was_within_its_days_begins_at_the_limit_of_now(days):
    assert begun(days, timedelta(days=days), page_after=2 * HOUR)[0] == timedelta(days=days)
    assert begun(days, timedelta(days=days) - HOUR, page_after=2 * HOUR)[0] == timedelta(days=days)


def test_a_page_of_a_search_that_was_too_long_when_it_was_asked_or_is_short_enough_still_is_judged_as_it_was_asked():
    assert begun(3, timedelta(days=3) + SECOND, page_after=HOUR)[0] == timedelta(days=3) + SECOND + HOUR
    assert begun(3, timedelta(days=2), page_after=HOUR)[0] == timedelta(days=2) + HOUR


def test_a_search_whose_days_no_table_says_is_judged_as_it_was_asked():
    case = Dossier(decision_id="d1", request=samples.lookup(), declared=SimpleNamespace(purpose="x"))
    query = replace(samples.opening().query, window=Window(start=samples.START, end=samples.NOW))
    assert begin_in_time(case, query, TABLES) is query
