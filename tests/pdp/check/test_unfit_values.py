"""A value of one's own that is not what its rule makes sure of is told where it stands in its table."""

import shutil
from pathlib import Path

import pytest

from gateway.pdp.check.unfit_values import list_assured, unfit_value_findings

POLICIES = Path(__file__).parents[3] / "policies"
RULE = """
# METADATA
# title: The window spans no more days than the table allows
_span_is_within_limit if {
	most := data.tables.retention.span_days_at_most.value
	is_number(most)
	input.query.window.span_days <= most
}
"""
ENTRY = '\nspan_days_at_most:\n  value: 400\n  source: "Memorandum"\n  confidence: cited\n'


@pytest.fixture
def written(tmp_path):
    """A copy of the shipped policy with a rule of its own, and a way to write its number."""
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    rule = folder / "lpr" / "retention" / "retention.rego"
    rule.write_text(rule.read_text() + RULE)
    table = folder / "tables" / "retention" / "data.yaml"
    shipped = table.read_text()

    def write(entry):
        table.write_text(shipped + entry)
        line = table.read_text().splitlines().index("span_days_at_most:") + 1
        return line, list(unfit_value_findings(folder))

    return write


def test_a_number_is_what_its_rule_asks_for(written):
    assert written(ENTRY)[1] == []


@pytest.mark.parametrize(
    ("value", "below", "told"),
    [
        ("  value: 400 days\n", 1, "here it is the text 400 days"),
        ('  value: "400"\n', 1, "here it is the text 400"),
        ("  value: four hundred\n", 1, "here it is the text four hundred"),
        ("  value: 1,000\n", 1, "here it is the text 1,000: write 1000"),
        ("  value: 4O0\n", 1, "here it is the text 4O0"),
        ("  value: [400]\n", 1, "here it is [400]"),
        ("  value: true\n", 1, "here it is true"),
        ("  value:\n", 1, "here it is empty, or not written at all"),
        ("", 0, "here it is empty, or not written at all"),
    ],
)
def test_any_other_value_is_told_at_its_line(written, value, below, told):
    line, [finding] = written(ENTRY.replace("  value: 400\n", value))
    assert (finding.file, finding.line) == ("tables/retention/data.yaml", line + below)
    assert finding.sentence.startswith("`span_days_at_most.value` must be a number in digits")
    assert finding.sentence.endswith(f"{told}.")


def test_what_a_rule_holds_to_a_type_is_of_the_shipped_tables_what_it_must_be():
    assert {one.wanted for one in list_assured(POLICIES)} == {"number"}
    assert list(unfit_value_findings(POLICIES)) == []
