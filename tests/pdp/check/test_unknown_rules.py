"""Rules that read rules which are not there, on copies of the shipped policy."""

from pathlib import Path

import pytest

from gateway.pdp.check.policies import check_policies
from gateway.pdp.check.unknown_rules import unknown_rule_findings

POLICIES = Path(__file__).parents[3] / "policies"


def test_the_shipped_rules_read_no_rule_that_is_not_there():
    assert list(unknown_rule_findings(POLICIES)) == []


@pytest.mark.parametrize(
    ("reads", "sentence"),
    [
        (
            "data.lpr.emergency.case_file_decide",
            "There is no `case_file_decide` in `data.lpr.emergency`, so this never holds. Did you mean `case_file_decides`?",
        ),
        (
            "data.lpr.emergncy.claimed",
            "There is no `emergncy` in `data.lpr`, so this never holds. Did you mean `emergency`?",
        ),
        (
            '"partial_plate" in approval.in_forse',
            "There is no `in_forse` in `data.lpr.approval`, so this never holds. Did you mean `in_force`?",
        ),
    ],
)
def test_a_rule_that_reads_one_which_is_not_there_is_told_at_its_line(copied, reads, sentence):
    rule = f"package lpr.hotel\n\nimport data.lpr.approval\n\nx if {{\n\t{reads}\n}}\n"
    (copied / "lpr" / "hotel.rego").write_text(rule)
    [finding] = unknown_rule_findings(copied)
    assert (finding.file, finding.line, finding.sentence) == ("lpr/hotel.rego", 6, sentence)


@pytest.mark.parametrize(
    "reads",
    [
        "data.lpr.emergency.claimed",
        "data.lpr.emergency",
        "approval.in_force",
        "input.approval.nothing",
        'x := "approval.nothing"',
        "true # approval.nothing",
        "data.tables.retention.nothing",
    ],
)
def test_what_is_there_and_what_is_no_rule_is_not_told(copied, reads):
    rule = f"package lpr.hotel\n\nimport data.lpr.approval\n\nx if {{\n\t{reads}\n}}\n"
    (copied / "lpr" / "hotel.rego").write_text(rule)
    assert list(unknown_rule_findings(copied)) == []


def test_a_check_tells_it_alone_and_not_the_tests_that_fail_for_it(copied):
    path = copied / "lpr" / "case" / "case.rego"
    path.write_text(path.read_text().replace("emergency.case_file_decides", "emergency.case_file_decide", 1))
    [finding] = check_policies(copied, None).findings
    assert "Did you mean `case_file_decides`?" in finding.sentence
