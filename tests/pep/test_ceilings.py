"""Which ceiling is near, how much is left, and when there is room again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Accounts, Ceiling, ProvenUser, Searches
from gateway.pep.ceilings import HEADER, count_for, list_standings, tell_ceiling, warn
from gateway.pep.subject import ProvenSubject
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import DOSSIER, KNOWN, QUERY

NOON = 490_000
ENDS = datetime.fromtimestamp((NOON + 1) * 3600, UTC)


def used(this_hour, before=0):
    return Searches(now=NOON, by_hour={NOON: this_hour, NOON - 20: before})


def warned(ceilings, **usage):
    return dict(warn(replace(DOSSIER, usage=usage), ceilings)).get(HEADER)


def test_nothing_is_said_below_four_fifths_and_what_is_left_from_there_on():
    ceilings = {"person": Ceiling(hour=10)}
    assert warned(ceilings, person=used(7)) is None
    assert warned(ceilings, person=used(8)).startswith("person-hour; remaining=2; ends=")
    assert warned(ceilings, person=used(11)).startswith("person-hour; remaining=0; ends=")


def test_every_ceiling_that_is_near_is_named_with_its_end():
    ceilings = {"person": Ceiling(hour=10, day=10), "vendor": Ceiling(day=5), "office": Ceiling(hour=100)}
    told = warned(ceilings, person=used(4, before=4), office=used(4), vendor=used(4))
    assert told == (
        'person-day; remaining=2; ends="2025-11-24T21:00:00.000Z", vendor-day; remaining=1; ends="2025-11-25T17:00:00.000Z"'
    )


def test_a_table_without_a_number_and_a_search_that_was_not_counted_warn_of_nothing():
    assert warned({"person": Ceiling()}, person=used(1000)) is None
    assert warn(replace(DOSSIER, usage=None), {"person": Ceiling(hour=1)}) == ()


def test_an_hour_ends_with_the_hour_and_a_day_when_enough_of_it_is_past():
    searches = Searches(now=NOON, by_hour={NOON - 24: 3, NOON - 10: 5, NOON: 2})
    ends = {one.name: one.ends for one in list_standings({"person": searches}, {"person": Ceiling(hour=1, day=8)})}
    assert ends == {"person-hour": ENDS, "person-day": ENDS}
    [day] = list_standings({"person": searches}, {"person": Ceiling(day=7)})
    assert day.ends == ENDS + timedelta(hours=14)


def test_the_end_of_a_day_of_which_searches_are_left_is_when_the_oldest_of_them_is_past():
    searches = Searches(now=NOON, by_hour={NOON - 20: 5, NOON: 3})
    [day] = list_standings({"person": searches}, {"person": Ceiling(day=10)})
    assert (day.remaining, day.ends) == (2, ENDS + timedelta(hours=4))


@given(
    by_hour=st.dictionaries(st.integers(NOON - 24, NOON), st.integers(1, 50), min_size=1, max_size=25),
    most=st.integers(1, 400),
)
def test_when_a_day_ends_there_is_more_room_than_now_and_an_hour_before_there_was_not(by_hour, most):
    searches = Searches(now=NOON, by_hour=by_hour)
    end, enough = searches.find_day_end(most), min(most, searches.last_24_hours)
    assert Searches(now=end, by_hour=by_hour).last_24_hours < enough
    assert Searches(now=end - 1, by_hour=by_hour).last_24_hours >= enough


@pytest.mark.parametrize(
    ("reason", "kind", "whose"),
    [
        (Reason.USAGE_CEILING, "person", "of yours"),
        (Reason.SERVICE_CEILING, "service", "of this service"),
        (Reason.OFFICE_CEILING, "office", "of your office"),
        (Reason.VENDOR_CEILING, "vendor", "of this vendor by the whole agency"),
    ],
)
def test_a_refusal_names_the_ceiling_that_was_reached_and_its_end(reason, kind, whose):
    ceilings = {name: Ceiling(hour=3, day=1000) for name in ("person", "service", "office", "vendor")}
    case = replace(DOSSIER, usage={kind: used(4)})
    told = tell_ceiling(case, reason, ceilings)
    assert told == f"The ceiling is 3 searches {whose} since the full hour; it ends at 2025-11-24T17:00:00.000Z."


def test_where_hour_and_day_are_both_reached_the_later_end_is_told():
    case = replace(DOSSIER, usage={"person": used(9)})
    told = tell_ceiling(case, Reason.USAGE_CEILING, {"person": Ceiling(hour=3, day=5)})
    assert told is not None
    assert told.startswith("The ceiling is 5 searches of yours in 24 hours; it ends at 2025-11-25T17:00")


def test_no_other_reason_speaks_of_a_ceiling():
    assert (
        tell_ceiling(replace(DOSSIER, usage={"person": used(9)}), Reason.CASE_CLOSED, {"person": Ceiling(hour=1)})
        is None
    )


def test_people_whose_office_nobody_knows_count_together():
    subject = ProvenSubject(user_id=ProvenUser("u17"), service=None)
    for known in (replace(KNOWN, subject=None), replace(KNOWN, subject=replace(KNOWN.subject, office=None))):
        assert count_for(subject, known, QUERY) == Accounts(person=ProvenUser("u17"), office="", vendor="flock")
    assert count_for(subject, KNOWN, QUERY).office == KNOWN.subject.office
