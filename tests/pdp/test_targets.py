from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import PlateTerm, Tenure
from gateway.pdp import EmbeddedEngine, policy_input
from gateway.pdp.targets import MOST_MATCHES, distinct_targets
from gateway.value import replace
from tests.pdp.samples import CASE, DOSSIER, KNOWN, MATCH, NOW
from tests.properties import SHARING_FIXTURES, examples

TODAY = NOW.date()
PLATE = PlateTerm(text="XQZ120", match="exact", fixed_characters=6, state=None)
OTHERS = replace(MATCH, subject_id="s1", case_number="26-777777", assigned=False)

days = st.none() | st.integers(-800, 800).map(lambda days: TODAY + timedelta(days=days))
matches = st.lists(
    st.builds(
        lambda **changes: replace(MATCH, **changes),
        subject_id=st.sampled_from(["s1", "s2", "s3"]),
        case_number=st.sampled_from([CASE, "26-777777", "26-888888"]),
        relation=st.sampled_from(["subject", "spouse", None]),
        active=st.sampled_from([True, False, None]),
        assigned=st.booleans(),
        plate=st.sampled_from(["XQZ-12O", "XQZ 120"]),
        plate_state=st.sampled_from(["AR", "TX", None]),
        valid_from=days,
        valid_to=days,
        spelling=st.sampled_from(["same", "folded"]),
    ),
    max_size=40,
)


def distinct(found, plate=PLATE):
    return distinct_targets(replace(KNOWN, matches=tuple(found)), CASE, plate, TODAY).matches


def test_a_plate_in_hundreds_of_cases_is_a_handful_to_a_policy():
    held = [replace(OTHERS, subject_id=f"s{number}", case_number=f"26-{number:06}") for number in range(500)]
    assert len(distinct([*held, MATCH])) == 2


def test_hundreds_of_subjects_of_one_case_who_hold_one_plate_are_one():
    held = [replace(MATCH, subject_id=f"s{number}", valid_from=TODAY - timedelta(days=number)) for number in range(500)]
    assert distinct(held) == (held[-1],)


def test_what_differs_in_case_state_or_standing_stays_apart():
    held = (
        MATCH,
        OTHERS,
        replace(MATCH, plate_state="TX"),
        replace(MATCH, relation="spouse"),
        replace(MATCH, active=False),
        replace(MATCH, subject_id="s8", valid_to=TODAY - timedelta(days=1)),
    )
    assert distinct(held) == held


def test_who_holds_a_plate_today_brings_the_times_they_held_it_before_and_nobody_elses():
    first, second = TODAY - timedelta(days=90), TODAY - timedelta(days=60)
    before = replace(MATCH, valid_from=first, valid_to=second)
    held = replace(MATCH, valid_from=TODAY - timedelta(days=9))
    others = [
        replace(before, subject_id="s8", valid_from=None),
        replace(before, plate_state="TX", valid_from=None),
        replace(before, case_number="26-777777", valid_from=None),
        replace(before, valid_from=TODAY + timedelta(days=1), valid_to=None),
    ]
    [found] = [match for match in distinct([before, held, *others]) if match.valid_from == held.valid_from]
    assert found.held_before == (Tenure(first=first, last=second),)


def test_whom_one_match_stands_for_stay_with_the_times_they_held_the_plate_before():
    other = replace(MATCH, subject_id="s8", valid_from=TODAY - timedelta(days=5))
    before = replace(other, valid_from=None, valid_to=TODAY - timedelta(days=30))
    [found] = [match for match in distinct([other, before, MATCH]) if match.valid_to is None]
    assert found.held_before == (Tenure(first=None, last=TODAY - timedelta(days=30)),)


def test_there_are_never_more_than_an_engine_takes_and_the_cited_cases_subjects_stay():
    states = [f"{number:03}" for number in range(300)]
    held = [replace(OTHERS, assigned=True), *(replace(MATCH, plate_state=state) for state in states)]
    left = distinct(held)
    assert len(left) == MOST_MATCHES
    assert {match.case_number for match in left} == {CASE}


def test_plates_of_the_cited_case_that_one_pattern_fits_stay_apart():
    part = PlateTerm(text="XQZ*", match="partial", fixed_characters=3, state=None)
    held = (MATCH, replace(MATCH, plate="XQZ777"), replace(MATCH, plate="XQZ888", plate_state="TX"))
    assert distinct((*held, replace(MATCH, subject_id="s8", plate="xqz 777")), part) == held


def test_of_more_plates_than_an_engine_takes_those_that_a_subject_holds_stay():
    part = PlateTerm(text="XQZ*", match="partial", fixed_characters=3, state=None)
    gone = [replace(MATCH, plate=f"XQZ{number}", valid_to=TODAY - timedelta(days=1)) for number in range(300)]
    held = replace(MATCH, plate="XQZ999", spelling="same")
    assert held in distinct([*gone, held], part)


@pytest.fixture(scope="module")
def engine(shipped):
    return EmbeddedEngine(shipped)


@settings(max_examples=examples(60), suppress_health_check=SHARING_FIXTURES)
@given(matches)
def test_the_policy_decides_alike_with_and_without_those_left_out(engine, found):
    before = replace(KNOWN, matches=tuple(found))
    after = distinct_targets(before, CASE, DOSSIER.query.plate, TODAY)
    full, short = (engine.decide(policy_input(replace(DOSSIER, known=known))) for known in (before, after))
    assert (full.allow, full.reasons) == (short.allow, short.reasons)
