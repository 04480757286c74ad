from pathlib import Path

import pytest

from gateway.canonical import canonical
from gateway.lifecycle.explain import explain, list_rules
from gateway.pdp import load_policies
from gateway.pdp.check.cases import apply_changes
from tests.cases import all_cases, base
from tests.lifecycle.example_reason import CODE, write_example

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="module")
def shipped():
    return load_policies(POLICIES)


def explained(bundle, **changes):
    return explain(bundle, canonical(apply_changes(base(), {"set": changes})))


def test_an_allow_tells_that_every_topic_holds_and_what_it_costs(shipped):
    found = explained(shipped)
    assert found.allow
    assert {topic.satisfied for topic in found.topics} == {True}
    assert "strip_links" in {obligation["type"] for obligation in found.obligations}


def test_a_reason_is_told_with_its_place_its_failing_condition_and_the_facts_read(shipped):
    [reason] = explained(shipped, **{"facts.training.lpr.age_days": 400}).reasons
    file, _, line = reason.place.partition(":")
    text = (POLICIES / file).read_text().splitlines()
    assert text[int(line) - 1].startswith("deny contains")
    assert '"training_lapsed"' in text[int(line)]
    assert reason.failing[0].startswith("The course is recent enough")
    assert reason.facts["facts.training.lpr.age_days"] == 400
    assert reason.facts["tables.training.max_age_days.value"] == 365


def test_a_fact_is_what_a_rule_reads_and_not_a_word_of_a_text_in_it(shipped):
    [reason] = explained(shipped, **{"policy.age_days": 366}).reasons
    assert (reason.code, reason.facts["policy.age_days"], reason.facts["schema"]) == (
        "policy_expired",
        366,
        "lpr.input.v1",
    )
    assert "v1" not in reason.facts


def test_a_sign_on_that_is_worth_too_little_is_told_with_what_it_said_and_the_table(shipped):
    said = {"acr": "bronze", "amr": None, "auth_age_minutes": 5}
    [reason] = explained(shipped, **{"actor.method": "oidc", "actor.assurance": said}).reasons
    assert any("The level reached is the one this operation needs" in condition for condition in reason.failing)
    assert not any("Every condition" in condition for condition in reason.failing)
    assert reason.facts["actor.assurance.acr"] == "bronze"
    assert reason.facts["tables.assurance.classes"]["aal2"] == 2


@pytest.mark.parametrize("case", [case for case in all_cases() if case.reasons], ids=lambda case: case.name)
def test_every_reason_of_every_case_is_found_in_a_file_and_by_its_topic(shipped, case):
    found = explain(shipped, case.input_text)
    assert tuple(reason.code for reason in found.reasons) == case.reasons
    assert all(reason.place for reason in found.reasons)
    assert {code for topic in found.topics for code in topic.reasons} == set(case.reasons)


def test_every_rule_is_found_with_its_title(shipped):
    rules = list_rules(shipped)
    assert len(rules) > 60
    assert all(rule.title for rule in rules)


def test_a_topic_does_not_hold_where_only_a_reason_of_ones_own_is_against(tmp_path):
    found = explained(load_policies(write_example(tmp_path)), **{"facts.case.same_office": False})
    assert [reason.code for reason in found.reasons] == [CODE]
    assert [topic.topic for topic in found.topics if not topic.satisfied] == ["case"]
