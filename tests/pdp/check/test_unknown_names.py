"""Names in the tables that the gateway knows nothing by, on copies of the shipped policy."""

from pathlib import Path

import pytest

from gateway.pdp.check.policies import check_policies
from gateway.pdp.check.unknown_names import unknown_name_findings

POLICIES = Path(__file__).parents[3] / "policies"
OPERATIONS = {"plate.search", "plate.page", "plate.fuzzy", "alert.search"}
ALL = "alert.search, plate.fuzzy, plate.page, plate.search."


def change(copied, topic, old, new):
    path = copied / "tables" / topic / "data.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_the_shipped_tables_name_only_what_the_gateway_knows():
    assert [*unknown_name_findings(POLICIES, OPERATIONS)] == []


@pytest.mark.parametrize(
    ("topic", "old", "new", "line", "words"),
    [
        ("operations", "plate.search:", "plate.serach:", 10,
         f"No operation of this gateway is called `plate.serach`; did you mean `plate.search`? There are {ALL} One of"),
        ("assurance", "alert.search: 1", "allert.search: 1", 9,
         f"No operation of this gateway is called `allert.search`; did you mean `alert.search`? There are {ALL} One of"),
        ("assurance", "token: 1", "card: 1", 14,
         "No way to sign in is called `card`. There are certificate, key, oidc, token."),
    ],
)  # fmt: skip
def test_a_name_that_the_gateway_has_not_is_refused_at_its_line_with_those_that_it_has(copied, topic, old, new, line, words):  # fmt: skip
    change(copied, topic, old, new)
    [finding] = unknown_name_findings(copied, OPERATIONS)
    assert (finding.file, finding.line) == (f"tables/{topic}/data.yaml", line)
    assert finding.sentence.startswith(words)
    assert finding in check_policies(copied, None, operations=OPERATIONS).findings


def test_where_the_operations_cannot_be_known_none_is_judged(copied):
    change(copied, "operations", "plate.search:", "plate.serach:")
    assert [*unknown_name_findings(copied, None)] == []


def test_a_table_that_cannot_be_read_is_left_to_who_judges_tables(copied):
    (copied / "tables" / "operations" / "data.yaml").write_text("a: [\n")
    assert [*unknown_name_findings(copied, OPERATIONS)] == []
