"""What `whoami` says that a person still lacks: by the tables in force, and nothing false where there are none."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.endpoints.missing import count_training_days_left, find_ended, find_missing
from gateway.model import Acknowledgement, Training
from gateway.pdp.bundle import load_policies
from gateway.value import replace
from tests.pdp.samples import KNOWN

TABLES = load_policies(Path(__file__).parents[2] / "policies").data["tables"]
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
TODAY = NOW.date()
LONGEST = timedelta(hours=26)
ACCEPTED = [Acknowledgement(document="rules_of_behavior", version="1", accepted_at=None)]
TRAINED = Training(course="lpr", version="2026", completed_on=date(2026, 11, 1))
PERSON = replace(KNOWN, training=(TRAINED,))


def with_version(version):
    training = TABLES["training"] | {"version": {"value": version, "source": "x", "confidence": "cited"}}
    return {**TABLES, "training": training}


def test_nothing_is_missing_for_who_may_search():
    assert find_missing(PERSON, ACCEPTED, TABLES, TODAY) == []


def test_a_course_of_a_version_that_does_not_count_counts_for_no_day_more():
    assert count_training_days_left([TRAINED], with_version("2026"), TODAY) == 365 - 21
    assert count_training_days_left([TRAINED], with_version("2027"), TODAY) == 0


def test_where_everything_was_stopped_that_alone_is_told():
    assert (find_ended(PERSON, {}, None, NOW, facts_longest=LONGEST), find_missing(PERSON, ACCEPTED, {}, TODAY)) == (
        ["searches_stopped"],
        [],
    )


@pytest.mark.parametrize(
    ("reviewed_days", "facts_hours", "told"),
    [
        (365, 26, []),
        (365.1, 26, ["policy_expired"]),
        (1, 26.1, ["facts_stale"]),
        (366, 30, ["policy_expired", "facts_stale"]),
    ],
)
def test_a_policy_or_facts_that_are_too_old_are_told_to_everybody(reviewed_days, facts_hours, told):
    known = replace(PERSON, as_of=NOW - timedelta(hours=facts_hours))
    reviewed = NOW - timedelta(days=reviewed_days)
    assert find_ended(known, TABLES, reviewed, NOW, facts_longest=LONGEST) == told


def test_facts_that_are_older_than_the_settings_allow_are_told_whatever_the_policy_allows():
    known = replace(PERSON, as_of=NOW - timedelta(hours=13))
    assert find_ended(known, TABLES, NOW, NOW, facts_longest=timedelta(hours=12)) == ["facts_stale"]


def test_a_policy_that_was_ended_in_its_table_is_told():
    ended = {**TABLES, "policy": TABLES["policy"] | {"valid": {"value": False, "source": "x", "confidence": "cited"}}}
    assert find_ended(replace(PERSON, as_of=NOW), ended, NOW, NOW, facts_longest=LONGEST) == ["policy_expired"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"active": False}, ["person_inactive"]),
        ({"active": None}, ["person_inactive"]),
        ({"roles": ("auditor",)}, ["role_may_not_query"]),
        ({"roles": ()}, ["role_may_not_query"]),
        ({"component": None}, ["purpose_not_allowed"]),
        ({"component": "OPR"}, ["purpose_not_allowed"]),
    ],
)
def test_an_account_that_may_not_search_at_all_is_told_so(changes, told):
    assert find_missing(replace(PERSON, subject=replace(PERSON.subject, **changes)), ACCEPTED, TABLES, TODAY) == told


@pytest.mark.parametrize(("wanted", "told"), [("2026", []), ("2027", ["training_lapsed"])])
def test_training_of_a_version_that_does_not_count_has_lapsed(wanted, told):
    assert find_missing(PERSON, ACCEPTED, with_version(wanted), TODAY) == told


@pytest.mark.parametrize(
    ("completed_on", "told"), [(None, ["training_lapsed"]), (date(2020, 1, 1), ["training_lapsed"])]
)
def test_a_course_without_a_date_is_told_as_a_search_tells_it(completed_on, told):
    person = replace(KNOWN, training=(replace(TRAINED, completed_on=completed_on),))
    assert find_missing(person, ACCEPTED, TABLES, TODAY) == told
    assert find_missing(replace(KNOWN, training=()), ACCEPTED, TABLES, TODAY) == ["training_missing"]
