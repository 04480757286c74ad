import pytest

from gateway.pdp.check.axis_values import find_value, list_values
from gateway.pdp.check.rule_reads import RuleBook
from gateway.pdp.check.usual_request import SAMPLE


def values(path, line, tables=None):
    rules = f'package lpr.mine\ndeny contains {{"code": "own_code"}} if {{\n{line}\n}}\n'
    return list_values(SAMPLE, path, tables or {}, RuleBook([rules], {}).find_reads("own_code"))


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("query.reason_present", "input.query.reason_present == false", [True, False, None]),
        ("query.limit", "input.query.limit > 77", [10, 77, 78, 76, 0, 100_000, None]),
        ("query.plate.state", 'input.query.plate.state == "MD"', ["AR", "MD", None]),
        ("subject.roles", '"clerk" in input.subject.roles', [["officer"], ["clerk"], [], ["auditor"]]),
        ("query.context_age_minutes", "input.query.context_age_minutes > 5", [None, 5, 6, 4]),
        ("facts.reviews", "input.facts.reviews.overdue > 5", [None]),
        ("facts.case", "input.facts.case.kind == 5", []),
        ("facts.target.matches", "count(input.facts.target.matches) > 1", []),
    ],
)
def test_what_is_tried_at_a_place_is_the_usual_what_rules_compare_it_with_and_nothing(path, line, expected):
    assert values(path, line) == expected


def test_a_purpose_is_tried_as_each_of_the_tables():
    assert "arson" in values("query.purpose", "input.query.purpose == 3", {"purposes": {"arson": {}}})


def test_approvals_are_tried_one_by_one_together_and_given_to_oneself():
    found = values("facts.approvals", "input.facts.approvals == 3")
    assert [len(one) for one in found] == [0, 4, 1, 1, 1, 1, 4]
    assert {given["same_person"] for given in found[-1]} == {True}


def test_what_is_not_there_is_nothing():
    assert find_value(SAMPLE, "facts.target.matches.0.relation") == "subject"
    assert find_value({"facts": {"case": None}}, "facts.case.kind") is None
