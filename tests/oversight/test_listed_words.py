"""A word of a limit is held to the vocabulary of what the question holds it against."""

import pytest

from gateway.oversight.detectors.limits import Asked
from gateway.oversight.detectors.listed_words import find_unknown, list_words


def columns_of(file, text):
    words = list_words(
        {"wanted": ["a", "b"]}, Asked(file=file, text=text), "oversight/d21_own", {("wanted", "value", 1): 7}
    )
    assert [(one.word, one.line) for one in words] in ([], [("a", None), ("b", 7)])
    return {one.column for one in words}


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("list_has_any(traits, $wanted)", "traits"),
        ("list_filter(s.traits, lambda t: list_contains($wanted, t))", "traits"),
        ("NOT list_contains($wanted, coalesce(purpose, ''))", "purpose"),
        ("coalesce(purpose, '') IN $wanted", "purpose"),
        ("purpose = ANY($wanted)", "purpose"),
        ("list_has_any($wanted, reasons)", "reasons"),
        ("v.class IN $wanted", "class"),
    ],
)
def test_a_list_is_of_the_column_that_the_sql_looks_it_up_in(question, column):
    assert columns_of("query.sql", f"SELECT 1 FROM searches WHERE tied AND {question} AND decision = 'deny'") == {
        column
    }


@pytest.mark.parametrize(
    "question", ["list_contains($wanted, entity)", "list_contains($wanted, coalesce(offense, ''))"]
)
def test_a_list_of_a_vendors_or_the_agencys_words_is_of_no_vocabulary(question):
    assert columns_of("query.sql", f"SELECT purpose, traits FROM vendor_events WHERE {question}") == set()


@pytest.mark.parametrize(
    ("condition", "column"),
    [
        ("input.search.purpose in LIMIT", "purpose"),
        ("some one in input.search.roles\n\tone in LIMIT", "roles"),
        ("some one in LIMIT\n\tone in input.search.traits", "traits"),
        ("some one in LIMIT\n\tone == input.search.verdict", "verdict"),
    ],
)
def test_a_list_is_of_what_the_rule_of_a_detector_holds_it_against(condition, column):
    rule = f"findings contains 1 if {{\n\t{condition}\n}}".replace("LIMIT", "data.oversight.d21_own.wanted.value")
    assert columns_of("detector.rego", rule) == {column}


def test_a_word_that_the_gateway_alone_could_give_and_does_not_is_told():
    asked = Asked(file="query.sql", text="list_has_any(roles, $who) AND purpose IN $what")
    words = list_words({"who": ["officer", "privcy"], "what": ["any"]}, asked, "oversight/d21_own", {("who",): 2})
    assert find_unknown(words, None) == [
        "oversight/d21_own/data.yaml, line 2: `who.value` names privcy, which is no role of users.csv; did you mean privacy?"
    ]
