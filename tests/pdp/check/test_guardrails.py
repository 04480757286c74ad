import shutil
from pathlib import Path

import pytest

from gateway.pdp import EmbeddedEngine, load_policies
from gateway.pdp.check.generated_inputs import SAMPLE
from gateway.pdp.check.guardrails import guardrail_findings
from tests.cases import base

POLICIES = Path(__file__).parents[3] / "policies"


def breaches(directory, examples=500):
    """What is found, one by one: the search for the next begins when it is asked for."""
    bundle = load_policies(directory)
    return (finding.sentence for finding in guardrail_findings(bundle, EmbeddedEngine(bundle), examples))


def spoilt(tmp_path, name, old, new):
    folder = shutil.copytree(POLICIES, tmp_path / "policies")
    path = Path(folder) / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return Path(folder)


def test_the_shipped_policy_breaks_no_law():
    assert list(breaches(POLICIES)) == []


def test_the_sample_is_the_request_that_cases_change():
    assert base() == SAMPLE


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "lpr/identity/identity.rego",
            "input.subject.active == true",
            "is_string(input.subject.id)",
            "no active person",
        ),
        ("lpr/case/case.rego", 'input.facts.case.status == "open"', "is_object(input.facts.case)", "an open case"),
        ("lpr/target/target.rego", '\t_matches[place].relation == "subject"\n', "", "no known subject's"),
        ("lpr/target/target.rego", "\tmatch.in_cited_case == true\n", "", "no known subject's"),
        ("lpr/retention/retention.rego", "<= max_lookback_days", "<= 99999", "the ceiling is"),
        ("lpr/approval/approval.rego", "\tgiven.same_person == false\n", "", "by the person who asks"),
        (
            "lpr/emergency/emergency.rego",
            "\tinput.operation.name in data.tables.emergencies.operations\n",
            "",
            "outside its table (operation",
        ),
        ("lpr/emergency/emergency.rego", "== 0\n", ">= 0\n", "outside its table (earlier reviews"),
    ],
    ids=["person", "case", "relation", "other case", "look-back", "own approval", "emergency", "reviews"],
)
def test_a_rule_that_lost_a_condition_breaks_a_law_and_the_request_is_told(tmp_path, file, old, new, words):
    folder = spoilt(tmp_path, file, old, new)
    assert any(words in sentence and "the usual request with `" in sentence for sentence in breaches(folder))
