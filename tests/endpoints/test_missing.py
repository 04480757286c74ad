"""What `whoami` says that a person still lacks: by the tables in force, and nothing false where there are none."""

from datetime import date
from pathlib import Path

import pytest

from gateway.endpoints.missing import find_missing
from gateway.model import Acknowledgement, Training
from gateway.pdp.bundle import load_policies
from gateway.value import replace
from tests.pdp.samples import KNOWN

TABLES = load_policies(Path(__file__).parents[2] / "policies").data["tables"]
TODAY = date(2026, 11, 22)
ACCEPTED = [Acknowledgement(document="rules_of_behavior", version="1", accepted_at=None)]
TRAINED = Training(course="lpr", version="2026", completed_on=date(2026, 11, 1))
PERSON = replace(KNOWN, training=(TRAINED,))


def with_version(version):
    training = TABLES["training"] | {"version": {"value": version, "source": "x", "confidence": "cited"}}
    return {**TABLES, "training": training}


def test_nothing_is_missing_for_who_may_search():
    assert find_missing(PERSON, ACCEPTED, TABLES, TODAY) == []


def test_where_everything_was_stopped_that_alone_is_told():
    assert find_missing(PERSON, ACCEPTED, {}, TODAY) == ["policy_expired"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"active": False}, ["person_inactive"]),
        ({"active": None}, ["person_inactive"]),
        ({"roles": ("auditor",)}, ["role_may_not_query"]),
        ({"roles": ()}, ["role_may_not_query"]),
    ],
)
def test_an_account_that_may_not_search_at_all_is_told_so(changes, told):
    assert find_missing(replace(PERSON, subject=replace(PERSON.subject, **changes)), ACCEPTED, TABLES, TODAY) == told


@pytest.mark.parametrize(("wanted", "told"), [("2026", []), ("2027", ["training_lapsed"])])
def test_training_of_a_version_that_does_not_count_has_lapsed(wanted, told):
    assert find_missing(PERSON, ACCEPTED, with_version(wanted), TODAY) == told
