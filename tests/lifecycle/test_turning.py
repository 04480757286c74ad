import json
from pathlib import Path

import pytest

from gateway.canonical import canonical
from gateway.lifecycle.turning import _put, find_turning
from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check.cases import apply_changes
from tests.cases import all_cases, base

POLICIES = Path(__file__).parents[2] / "policies"
DENIED = [case for case in all_cases() if not case.allow]


@pytest.fixture(scope="module")
def shipped():
    return load_policies(POLICIES)


def turned(bundle, **changes):
    return find_turning(bundle, canonical(apply_changes(base(), {"set": changes})))


def test_a_lapsed_training_is_turned_by_the_number_of_the_table_and_told_as_a_day(shipped):
    [change] = turned(shipped, **{"facts.training.lpr.age_days": 400})
    assert "at most 365 (done on or after 2025-11-22)" in change.sentence


def test_a_limit_that_no_table_holds_is_told_as_it_is(shipped):
    [change] = turned(shipped, **{"facts.case.lookback_days": 1200.9, "query.window.lookback_days": 2587.1})
    assert change.sentence.endswith("it would have to be at most 1200.9")


@pytest.mark.parametrize(
    ("said", "path", "becomes"),
    [
        ({"acr": "bronze", "amr": None, "auth_age_minutes": 5}, "actor.assurance.acr", "aal1"),
        ({"acr": None, "amr": ["pwd"], "auth_age_minutes": 5}, "actor.assurance.acr", "aal1"),
        ({"acr": "aal2", "amr": None, "auth_age_minutes": 900}, "actor.assurance.auth_age_minutes", 720),
    ],
)
def test_a_sign_on_that_is_worth_too_little_is_turned_by_a_class_that_the_table_lists(shipped, said, path, becomes):
    changes = turned(shipped, **{"actor.method": "oidc", "actor.assurance": said})
    assert [(change.path, change.becomes) for change in changes] == [(path, becomes)]


def test_two_reasons_need_two_changes_and_no_more(shipped):
    changes = turned(shipped, **{"facts.training.lpr.age_days": 400, "facts.case.status": "closed"})
    assert {change.path for change in changes} == {"facts.training.lpr.age_days", "facts.case.status"}


def test_a_purpose_that_needs_approval_is_turned_by_one_and_not_by_another_purpose(shipped):
    [change] = turned(shipped, **{"query.purpose": "other"})
    assert change.sentence.startswith("an approval of scope `other_purpose` ")
    assert change.sentence.endswith(", which the purpose `other` needs")


def test_a_late_review_and_one_emergency_too_many_are_told_as_what_they_are(shipped):
    [late] = [case for case in DENIED if case.name.startswith("With a review overdue")]
    [change] = find_turning(shipped, late.input_text)
    assert change.sentence.startswith("`facts.reviews.overdue` is 1; each late review")
    [many] = [case for case in DENIED if case.name.startswith("The sixth emergency")]
    [change] = find_turning(shipped, many.input_text)
    assert change.sentence == "`facts.reviews.emergencies_24h` is 5; it would have to be at most 4"


def test_a_purpose_that_is_refused_itself_is_turned_by_another(shipped):
    [change] = turned(shipped, **{"query.purpose": "CRIMINAL_INVESTIGATION"})
    assert change.path == "query.purpose"


@pytest.mark.parametrize(
    ("changes", "besides"), [({}, set()), ({"facts.target.matches": []}, {"facts.target.matches"})]
)
def test_a_protected_plate_is_turned_by_its_approval_and_by_what_its_protection_hides(shipped, changes, besides):
    found = {change.path: change for change in turned(shipped, **{"facts.target.protected": True, **changes})}
    assert found.keys() == {"facts.approvals", *besides}
    assert found["facts.approvals"].sentence.startswith("an approval of scope `protected_plate` ")


@pytest.mark.parametrize("case", DENIED[::9], ids=lambda case: case.name)
def test_what_is_said_to_turn_a_denial_does(shipped, case):
    document, engine = json.loads(case.input_text), EmbeddedEngine(shipped)
    changes = find_turning(shipped, case.input_text)
    for change in changes:
        assert _put(document, change.path, change.becomes)
    assert not changes or engine.decide(canonical(document)).allow
