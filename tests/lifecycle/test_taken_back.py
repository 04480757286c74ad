from pathlib import Path

import pytest

from gateway.lifecycle.taken_back import RecordedChange, find_taken_back
from gateway.pdp import load_policies
from tests.pdp.policies import write_policy

AGE, HOURS = "tables/training.max_age_days.value", "tables/usage.per_hour.value"


@pytest.fixture
def policy(tmp_path):
    """A policy with two numbers."""

    def write(age: int, hours: int):
        entry = "{name}: {{value: {value}, source: s, confidence: cited}}\n"
        folder = write_policy(
            Path(tmp_path) / f"{age}-{hours}",
            tables__training__data_yaml=entry.format(name="max_age_days", value=age),
            tables__usage__data_yaml=entry.format(name="per_hour", value=hours),
        )
        return load_policies(folder)

    return write


@pytest.fixture
def acts(policy):
    """First the age was changed, then the hours."""
    return [
        RecordedChange(counter=1, before=policy(1, 1), after=policy(2, 1)),
        RecordedChange(counter=2, before=policy(2, 1), after=policy(2, 2)),
    ]


@pytest.mark.parametrize(
    ("age", "hours", "found"),
    [
        (2, 2, {}),
        (2, 3, {}),  # a change of what an act changed is none that takes it back
        (3, 1, {(2,): (HOURS,)}),
        (1, 1, {(1,): (AGE,), (2,): (HOURS,)}),
    ],
)
def test_a_draft_takes_back_what_it_has_as_it_was_before_an_act_and_nothing_else(policy, acts, age, hours, found):
    assert find_taken_back(policy(age, hours), policy(2, 2), acts) == found


def test_what_takes_the_place_of_nothing_takes_back_nothing(tmp_path):
    def own(text: str):
        return load_policies(write_policy(tmp_path / text[:3], tables__own__data_yaml=text))

    empty, one, other = own("{}"), own("one: {value: 1}"), own("two: {value: 1}")
    acts = [RecordedChange(counter=1, before=empty, after=one), RecordedChange(counter=2, before=one, after=empty)]
    assert find_taken_back(other, empty, acts) == {}
    assert find_taken_back(one, empty, acts) == {(2,): ("tables/own.one.value",)}


def test_of_acts_that_did_the_same_only_the_last_is_taken_back(policy, acts):
    back = RecordedChange(counter=3, before=policy(2, 2), after=policy(2, 1))
    again = RecordedChange(counter=4, before=policy(2, 1), after=policy(2, 2))
    assert find_taken_back(policy(2, 1), policy(2, 2), [*acts, back, again]) == {(4,): (HOURS,)}


def test_what_was_gone_back_upon_is_not_taken_back_a_second_time(policy, acts):
    back = RecordedChange(counter=3, before=policy(2, 2), after=policy(2, 1))
    assert find_taken_back(policy(2, 1), policy(2, 1), [*acts, back]) == {}
    assert find_taken_back(policy(2, 2), policy(2, 1), [*acts, back]) == {(3,): (HOURS,)}


def test_what_was_changed_many_times_since_is_taken_back_of_all_those_acts(policy, acts):
    again = RecordedChange(counter=3, before=policy(2, 2), after=policy(3, 2))
    found = find_taken_back(policy(1, 1), policy(3, 2), [*acts, again])
    assert found == {(1, 3): (AGE,), (2,): (HOURS,)}
    back = RecordedChange(counter=4, before=policy(3, 2), after=policy(1, 2))
    forth = RecordedChange(counter=5, before=policy(1, 2), after=policy(3, 2))
    assert find_taken_back(policy(1, 2), policy(3, 2), [*acts, again, back, forth]) == {(5,): (AGE,)}
