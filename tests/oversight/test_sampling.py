"""The draw: worked out by anybody from the seed alone, chosen by nobody, spread over offices, purposes and persons."""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.oversight.sampling import Search, draw, promise, rate

START = datetime(2026, 6, 1, tzinfo=UTC)


def searches(count=400):
    return [
        Search(
            decision_id=f"d{number}",
            at=START + timedelta(hours=number),
            office=("BAL", "NYC", "LRK")[number % 3],
            purpose="rare" if number % 100 == 0 else "common",
            user_id=f"u{number % 17}",
        )
        for number in range(count)
    ]


def test_the_same_seed_and_searches_give_the_same_sample_in_whatever_order_they_come():
    forwards, backwards = searches(), list(reversed(searches()))
    rule = {"per_office_and_week": 3, "percent": 1}
    assert draw(forwards, b"s" * 32, **rule) == draw(backwards, b"s" * 32, **rule)
    assert draw(forwards, b"t" * 32, **rule) != draw(forwards, b"s" * 32, **rule)


def test_so_many_are_drawn_of_each_office_and_week():
    drawn = draw(searches(), b"s" * 32, per_office_and_week=3, percent=0)
    weeks = Counter(item.stratum for item in drawn)
    assert set(weeks.values()) == {3}
    assert len(weeks) == 9


def test_a_share_of_all_is_spread_over_purposes_and_persons():
    drawn = draw(searches(1700), b"s" * 32, per_office_and_week=0, percent=2)
    assert len(drawn) == 34
    assert len({item.user_id for item in drawn}) == 17


def test_the_promise_says_nothing_but_fixes_the_seed():
    assert promise(b"s" * 32) == hashlib.sha256(b"s" * 32).hexdigest()


@given(st.binary(min_size=32, max_size=32), st.integers(0, 60), st.integers(0, 5), st.floats(0, 100))
def test_no_search_is_drawn_twice_and_none_that_is_not_there(seed, count, each, percent):
    drawn = draw(searches(count), seed, per_office_and_week=each, percent=percent)
    ids = [item.decision_id for item in drawn]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {item.decision_id for item in searches(count)}


@pytest.mark.parametrize(
    ("number", "of", "low", "high"), [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (45, 50, 0.786, 0.957)]
)
def test_the_interval_is_wilsons(number, of, low, high):
    found = rate(number, of)
    assert found.low == pytest.approx(low, abs=0.001)
    assert found.high == pytest.approx(high, abs=0.001)


def test_no_answers_say_nothing():
    assert rate(0, 0).text == "no answers"
