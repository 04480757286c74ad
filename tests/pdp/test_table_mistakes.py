"""Each way in which a table cannot be read is told with its line and what to do, in words that need no YAML."""

import pytest

from gateway.errors import ConfigurationError
from gateway.pdp.tables import parse_table

BLOCK = """# A note: with a colon.
days:
  value: 1826
  source: "Board: 2026"
  confidence: cited
kinds: [civil, criminal]
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("  value", "\tvalue", 3, "begins with a tab"),
        ("  confidence", "  \tconfidence", 5, "begins with a tab"),
        ('2026"', "2026", 4, "a quotation mark in this line is not closed"),
        ('"Board: 2026"', "Board: 2026", 4, "has a colon in it: put it in quotation marks"),
        ("value: 1826", "value:1826", 3, "there is no space after the colon"),
        ('"Board: 2026"', "\N{LEFT DOUBLE QUOTATION MARK}Board: 2026\N{RIGHT DOUBLE QUOTATION MARK}", 4, "typographic"),
        ("criminal]", "criminal", 6, "the bracket that begins in this line is not closed"),
        ("  source", "    source", 4, "begins further in"),
        ("  source", " source", 4, "begins too far in or out"),
        ("cited", "@cited", 5, "perhaps"),
        ("  value: 1826", "\u00a0 value: 1826", 3, "a blank in this line is none that YAML knows"),
        ("value: 1826", "value:\u00a01826", 3, "a blank in this line is none that YAML knows"),
        ("days:", "days", 2, "a colon is missing after the name in this line"),
        ('"Board: 2026"', '"the "previous" five years"', 4, "quotation marks stand within quotation marks"),
        ("[civil, criminal]", "{civil: 3 criminal: 14}", 6, "commas part what is in them"),
        ("[civil, criminal]", '["civil" "criminal"]', 6, "commas part what is in them"),
        ("kinds: [civil, criminal]", "{}", 6, "the {} in this line says that there is nothing: take it out"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_with_its_line_and_what_is_wrong_there(old, new, line, told):
    assert old in BLOCK
    with pytest.raises(ConfigurationError) as mistake:
        parse_table(BLOCK.replace(old, new, 1), "tables/x/data.yaml")
    [problem] = mistake.value.problems
    assert problem.startswith(f"tables/x/data.yaml, line {line}: this is not a table that can be read; ")
    assert told in problem


def test_the_block_that_these_are_made_of_is_a_table():
    assert parse_table(BLOCK, "tables/x/data.yaml")
