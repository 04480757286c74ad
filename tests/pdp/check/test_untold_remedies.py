"""Remedies in rules that nobody is told, in copies of the shipped policy."""

import pytest

from gateway.pdp import load_policies
from gateway.pdp.check.untold_remedies import tell_untold_remedies
from tests.lifecycle.example_reason import CODE, REMEDY, write_example

REPEATED = "Repeat the LPR training course."


@pytest.fixture
def told(tmp_path):
    """Changes a rule of a copy that has a reason of its own too, and says what is told of its remedies."""
    policies = write_example(tmp_path)

    def change(name, old, new):
        path = policies / "lpr" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return list(tell_untold_remedies(load_policies(policies)))

    return change


def test_of_a_policy_whose_rules_give_the_remedies_of_their_codes_nothing_is_told(told):
    assert told("case/case.rego", "package", "package") == []


def test_another_remedy_of_a_gateways_code_is_told_at_its_line_with_what_officers_are_told(told):
    [sentence] = told("training/training.rego", f'"fix": "{REPEATED}"', '"fix": "Call {the} \\"desk\\"."')
    assert sentence.startswith("lpr/training/training.rego:")
    assert f"not told this `fix`, but the remedy of `training_lapsed`, which is “{REPEATED}”" in sentence


def test_another_remedy_than_the_table_gives_to_a_reason_of_ones_own_is_told_as_well(told):
    [sentence] = told("case/case.rego", f'"fix": "{REMEDY}"', '"fix": "Do not."')
    assert f"the remedy of `{CODE}`, which is “{REMEDY}”" in sentence


def test_a_remedy_that_a_comment_quotes_is_none(told):
    quoted = '# {"code": "training_lapsed", "fix": "Do not."}\npackage'
    assert told("training/training.rego", "package", quoted) == []
