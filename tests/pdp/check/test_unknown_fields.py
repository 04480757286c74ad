"""Fields that no request has, in rules of copies of the shipped policy."""

from pathlib import Path

import pytest

from gateway.pdp.check.policies import check_policies
from gateway.pdp.check.unknown_fields import unknown_field_findings
from gateway.pdp.opa.process import find_opa

POLICIES = Path(__file__).parents[3] / "policies"


def test_the_shipped_rules_read_only_what_a_request_has():
    assert [*unknown_field_findings(POLICIES)] == []


@pytest.mark.parametrize(
    ("line", "unknown", "meant"),
    [
        ("input.subject.rolls == []", "input.subject.rolls", " Did you mean `roles`?"),
        ("input.fact.case.assigned", "input.fact", " Did you mean `facts`?"),
        ("input.facts.case.asigned == true", "input.facts.case.asigned", " Did you mean `assigned`?"),
        ("input.facts.training.lpr.age_day < 3", "input.facts.training.lpr.age_day", " Did you mean `age_days`?"),
        ("input.query.geo.sized > 3", "input.query.geo.sized", ""),
        ("x := count(input.subject.weather)", "input.subject.weather", ""),
    ],
)
def test_a_field_that_no_request_has_is_told_at_its_line_with_the_one_that_was_meant(with_line, line, unknown, meant):
    [finding] = unknown_field_findings(with_line(line))
    told = f"The input has no `{unknown}`: the gateway sends no such field, so this never holds.{meant}"
    assert (finding.file, finding.line, finding.sentence) == ("lpr/hotel.rego", 4, told)


@pytest.mark.parametrize(
    "line",
    [
        "input.facts.training.gang_course.age_days < 3",
        "input.facts.training[course].age_day < 3",
        "input.actor.assurance.acr == null",
        "# input.subject.rolls",
        "some match in input.facts.target.matches",
    ],
)
def test_a_field_that_a_request_may_have_is_left_alone(with_line, line):
    assert [*unknown_field_findings(with_line(line))] == []


def test_with_opa_and_without_such_a_field_is_told_once_and_in_the_same_words(copied):
    path = copied / "lpr" / "case" / "case.rego"
    path.write_text(path.read_text().replace("input.facts.case.assigned == true", "input.facts.case.asigned == true"))
    [finding] = unknown_field_findings(copied)
    for opa in (find_opa(), None):
        assert [one for one in check_policies(copied, opa).findings if "asigned" in one.sentence] == [finding]
