from datetime import timedelta

import pytest

from gateway.clock import format_instant
from gateway.model import Tenure
from gateway.pep.held_times import tell_held
from tests.obligations.samples import counting, days_ago, known, match, narrowed, query, term


def day(back):
    return days_ago(back).date()


def told(*matches):
    return dict(tell_held(narrowed(facts=known(*matches), obligations=counting(*range(len(matches)))))).get(
        "X-LPR-Held"
    )


@pytest.mark.parametrize("since", [None, 30, 31, 400])
def test_where_the_plate_was_held_for_the_whole_window_nothing_is_told(since):
    assert told(match(valid_from=None if since is None else day(since))) is None


def test_a_plate_held_from_a_day_within_the_window_is_told_from_that_day_to_the_windows_end():
    end = narrowed(facts=known(match())).window.end
    assert told(match(valid_from=day(10))) == f"{day(10)}T00:00:00.000Z/{format_instant(end)}"


def test_a_time_between_two_registrations_is_told_by_what_lies_around_it():
    before = (Tenure(first=day(25), last=day(20)),)
    one, two = told(match(valid_from=day(10), held_before=before)).split(", ")
    assert one == f"{day(25)}T00:00:00.000Z/{day(20)}T23:59:59.999Z"
    assert two.startswith(f"{day(10)}T00:00:00.000Z/")


def test_a_window_in_which_nobody_of_the_case_held_the_plate_is_told_as_none():
    assert told(match(valid_from=(days_ago(0) + timedelta(days=1)).date())) == "none"


def test_what_one_of_two_subjects_held_counts():
    first = match(valid_from=day(10))
    assert told(first, match(plate_state="TX", valid_from=day(200))) is None


def test_of_part_of_a_plate_which_may_be_several_nothing_is_told():
    part = query(plate=term("ABC*", match="partial"))
    assert tell_held(narrowed(part, facts=known(match("ABC120", valid_from=day(1))))) == ()
