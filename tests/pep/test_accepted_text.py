"""Consent is to a text, not to a label: what was accepted before the text was there, or in other words, does not count."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.model import Acknowledgement
from gateway.pdp import load_policies
from gateway.pep.accepted_text import find_rules, keep_counting

SINCE = datetime(2026, 12, 1, tzinfo=UTC)
TABLES = {
    "training": {"rules_of_behavior_version": {"value": "2"}},
    "documents": {"rules_of_behavior": {"2": {"from": "2026-12-01", "text": "I search for my cases only.\n"}}},
}


def accepted(**changes):
    made = {"document": "rules_of_behavior", "version": "2", "accepted_at": SINCE}
    return Acknowledgement(**(made | changes))


def test_an_acceptance_older_than_the_text_does_not_count():
    early = accepted(accepted_at=SINCE - timedelta(seconds=1))
    assert keep_counting([early, accepted()], find_rules(TABLES)) == (accepted(),)


def test_an_acceptance_of_another_text_under_the_same_number_does_not_count():
    rules = find_rules(TABLES)
    of_this, of_another = accepted(sha256=rules.sha256), accepted(sha256="0" * 64)
    assert keep_counting([of_another, of_this], rules) == (of_this,)


def test_acceptances_of_other_versions_and_documents_are_left_for_the_policy_to_judge():
    others = (
        accepted(version="1", accepted_at=SINCE - timedelta(days=900)),
        accepted(document="other", accepted_at=None),
    )
    assert keep_counting(others, find_rules(TABLES)) == others


def test_an_acceptance_of_the_version_in_force_counts_also_where_another_was_accepted_later():
    other, later = accepted(document="other"), accepted(version="3", accepted_at=SINCE + timedelta(days=9))
    assert keep_counting((accepted(), later, other), find_rules(TABLES)) == (accepted(), other)
    assert keep_counting((later, other), find_rules(TABLES)) == (later, other)


@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"training": TABLES["training"]},
        TABLES | {"training": {"rules_of_behavior_version": {"value": "3"}}},
        TABLES | {"documents": {"rules_of_behavior": {"2": {"from": "soon", "text": "x"}}}},
        TABLES | {"documents": {"rules_of_behavior": {"2": {"from": "2026-12-01", "text": "  "}}}},
    ],
)
def test_without_a_text_for_the_version_in_force_there_is_nothing_to_accept(tables):
    assert find_rules(tables) is None


def test_the_shipped_policy_has_the_text_of_its_version():
    shipped = load_policies(Path(__file__).parents[2] / "policies")
    rules = find_rules(shipped.data["tables"])
    assert rules.version == shipped.data["tables"]["training"]["rules_of_behavior_version"]["value"]
    assert "every search, allowed or denied, is recorded" in rules.text
