"""The effective query as a whole."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import EMERGENCY, CaseFile, Known, Window
from gateway.obligations import narrow
from gateway.reasons import Reason
from gateway.value import replace
from tests.obligations.samples import (
    NOW,
    SHIPPED,
    days_ago,
    decision,
    declared,
    known,
    narrowed,
    obligation,
    query,
)


def test_what_no_obligation_touches_goes_on_as_asked():
    effective = narrowed()
    assert (effective.vendor, effective.operation, effective.limit) == ("flock", "plate.search", 10)
    assert (effective.purpose, effective.case_number) == ("criminal_investigation", "25-001234")
    assert effective.rest == query().rest
    assert effective.page_id is None


@pytest.mark.parametrize("allow", [False, None, "true", 1])
def test_only_a_true_allow_is_narrowed(allow):
    with pytest.raises(Refusal) as refused:
        narrow(query(), declared(), known(), decision(*SHIPPED, allow=allow), now=NOW)
    assert refused.value.reason is Reason.OBLIGATION_NOT_POSSIBLE


@pytest.mark.parametrize("lacking", [{"purpose": None}, {"case_number": None}])
def test_a_search_without_purpose_or_case_is_refused_whatever_the_policy_says(lacking):
    with pytest.raises(Refusal):
        narrowed(said=declared(**lacking))


def test_a_search_without_a_plate_is_refused_whatever_the_policy_says():
    with pytest.raises(Refusal):
        narrowed(query(plate=None))


def test_a_search_with_no_obligations_is_refused():
    with pytest.raises(Refusal):
        narrowed(obligations=())


eighths = st.integers(0, 32_000).map(lambda days: days / 8)  # exact in binary


@given(
    start=eighths,
    length=eighths,
    lookback=eighths.filter(bool),
    asked=st.none() | st.integers(1, 100),
    most=st.integers(1, 100),
)
def test_narrowing_never_widens(start, length, lookback, asked, most):
    wanted = query(window=Window(start=days_ago(start), end=days_ago(start - length)), limit=asked)
    given_ = (
        *SHIPPED[1:4],
        obligation("clamp_window", max_lookback_days=lookback),
        obligation("limit_results", max=most),
    )
    if start - length > lookback:
        with pytest.raises(Refusal) as refused:
            narrowed(wanted, obligations=given_)
        assert refused.value.reason is Reason.LOOKBACK_TOO_LONG
        return
    effective = narrowed(wanted, obligations=given_)
    assert wanted.window.start <= effective.window.start <= effective.window.end <= min(wanted.window.end, NOW)
    assert effective.window.start >= days_ago(lookback)
    assert effective.limit <= min(most, asked or most)
    (rules,) = effective.rules
    assert (rules.not_before, rules.not_after) == (effective.window.start, effective.window.end)
    assert rules.limit == effective.limit


def test_no_plate_shows_in_the_representation_of_an_effective_query():
    assert "ABC" not in repr(narrowed())


def _known_since(day: date) -> Known:
    case = CaseFile(
        case_number="25-001234",
        kind="criminal",
        status="open",
        opened_on=None,
        closed_on=None,
        offense_code=None,
        lookback_from=day,
        office="BAL",
        assigned=True,
    )
    return replace(known(), case=case)


def test_the_window_never_begins_before_the_very_day_the_case_may_be_searched_from():
    effective = narrow(
        query(window=Window(start=days_ago(30), end=NOW)),
        declared(),
        _known_since(days_ago(10).date()),
        decision(*SHIPPED),
        now=NOW,
    )
    first = datetime.combine(days_ago(10).date(), time(), UTC)
    assert effective.window.start == first
    assert effective.rules[0].not_before == first


@pytest.mark.parametrize("since", [10, 0, -3])
def test_an_emergency_goes_as_far_back_as_its_own_table_says_whatever_the_case_it_cites(since):
    asked = query(window=Window(start=days_ago(20), end=NOW))
    urgent = replace(declared(), purpose=EMERGENCY)
    effective = narrow(asked, urgent, _known_since(days_ago(since).date()), decision(*SHIPPED), now=NOW)
    assert effective.window == narrow(asked, urgent, known(), decision(*SHIPPED), now=NOW).window
    assert effective.window.start == days_ago(20)


def test_a_window_before_the_day_the_case_may_be_searched_from_is_refused():
    with pytest.raises(Refusal) as refused:
        narrow(
            query(window=Window(start=days_ago(30), end=days_ago(20))),
            declared(),
            _known_since(days_ago(10).date()),
            decision(*SHIPPED),
            now=NOW,
        )
    assert refused.value.reason is Reason.LOOKBACK_TOO_LONG
