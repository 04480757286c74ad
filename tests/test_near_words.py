"""A word that is not on a closed list is met with the one that was probably meant, or with nothing."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.near_words import find_begun, suggest_near

PURPOSES = ("criminal_investigation", "missing_person", "traffic_safety")


def test_the_nearest_word_is_named_between_the_marks():
    assert suggest_near("missing_persn", PURPOSES, mark="`") == "; did you mean `missing_person`?"


def test_the_only_word_that_it_begins_is_named():
    assert suggest_near("ca", ("ca_file", "key_file", "certificate_file")) == "; did you mean ca_file?"


def test_a_word_that_is_near_none_is_met_with_nothing():
    assert suggest_near("weather", PURPOSES) == ""


@given(st.text())
def test_only_a_word_of_the_list_is_ever_named(word: str):
    told = suggest_near(word, PURPOSES)
    assert told == "" or told.removeprefix("; did you mean ").removesuffix("?") in PURPOSES


def test_the_first_part_of_one_word_alone_stands_for_it():
    assert find_begun("traffic", PURPOSES) == "traffic_safety"
    assert find_begun("traffic", (*PURPOSES, "traffic_stop")) is None
    assert find_begun("weather", PURPOSES) is None
