"""Words that no request has where a rule looks for them, on copies of the shipped policy."""

from pathlib import Path

import pytest

from gateway.pdp.check.misspelt_words import misspelt_word_findings
from gateway.pdp.check.policies import check_policies

POLICIES = Path(__file__).parents[3] / "policies"


def test_the_shipped_rules_have_no_such_word():
    assert [*misspelt_word_findings(POLICIES)] == []


@pytest.mark.parametrize(
    ("line", "place", "word", "meant"),
    [
        ('input.query.purpose == "criminal_investigaton"', "query.purpose", "criminal_investigaton", "criminal_investigation"),
        ('"supervisr" in input.subject.roles', "subject.roles", "supervisr", "supervisor"),
        ('input.operation.name in {"plate.search", "plate.serch"}', "operation.name", "plate.serch", "plate.search"),
        ('not input.query.plate.match == "partiel"', "query.plate.match", "partiel", "partial"),
        ('input.facts.case.kind != "criminel"', "facts.case.kind", "criminel", "criminal"),
    ],
)  # fmt: skip
def test_a_word_that_is_nearly_one_that_a_request_can_have_is_told_at_its_line(
    copied, with_line, line, place, word, meant
):
    [finding] = misspelt_word_findings(with_line(line))
    sentence = f"`input.{place}` is never `{word}`, so this never holds. Did you mean `{meant}`?"
    assert (finding.file, finding.line, finding.sentence) == ("lpr/hotel.rego", 4, sentence)
    assert finding in check_policies(copied, None).findings


@pytest.mark.parametrize(
    "line",
    [
        'input.query.purpose == "criminal_investigation"',
        'input.query.purpose == "a_purpose_to_come"',
        '# input.query.purpose == "criminal_investigaton"',
        'input.subject.office == "BAI"',
        '"plate.searches" in data.tables.operations',
    ],
)
def test_what_is_surely_another_word_or_of_no_closed_list_is_left_alone(with_line, line):
    assert [*misspelt_word_findings(with_line(line))] == []
