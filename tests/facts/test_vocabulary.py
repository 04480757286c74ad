import pytest

from gateway.facts.vocabulary import find_meant, suggest


@pytest.mark.parametrize(
    ("word", "known"),
    [("LPR", "lpr"), ("l.p.r.", "lpr"), ("Rules of Behavior", "rules_of_behavior"), ("rule_of_behavior", "rules_of_behavior"),
     ("ER0", "ERO"), ("H5I", "HSI"), ("Subject", "subject"), ("ero ", "ERO")],
)  # fmt: skip
def test_a_word_that_differs_by_capitals_separators_or_look_alikes_is_a_near_miss(word, known):
    assert find_meant(word, [known, "unlike"]) == known


@pytest.mark.parametrize(
    ("word", "known"), [("lpr", "lpr"), ("CPR", "lpr"), ("CBP", "ERO"), ("spouse", "subject"), ("HSO", "HSI")]
)
def test_the_word_itself_and_surely_another_word_are_none(word, known):
    assert find_meant(word, [known]) is None


def test_what_was_meant_is_suggested_once_each():
    assert suggest(["Open", "OPEN", "shut"], ["open", "closed"]) == "; did you mean open?"
    assert suggest(["shut"], ["open"]) == ""
