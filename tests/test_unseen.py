"""What nobody sees in a pasted text is named by its place, its name and its number, and nothing of the text is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.unseen import drop_unseen, end_with_unseen, find_unseen, tell_foreign, tell_unseen, tell_unseen_in_header


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("AB\u200bC", "character 3 (ZERO WIDTH SPACE, U+200B)"),
        ("\ufeffABC", "character 1 (ZERO WIDTH NO-BREAK SPACE, U+FEFF)"),
        ("ABC\u3164", "character 4 (HANGUL FILLER, U+3164)"),
        ("A\tB", "character 2 (TAB, U+0009)"),
        ("A\x85", "character 2 (U+0085)"),
        ("AB C-1", None),
    ],
)
def test_the_first_character_that_cannot_be_seen_is_named(text, told):
    assert find_unseen(text) == told


def test_a_dash_is_named_where_nothing_else_is_unseen():
    assert "character 3 (NON-BREAKING HYPHEN, U+2011)" in str(tell_unseen("AB\u2011C"))
    assert tell_unseen("AB-C") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("AB\u0421123", "Character 3 "),
        ("AB\u0421123", "(CYRILLIC)"),
        ("\uff21BC", "(FULLWIDTH)"),
        ("AB\u00c4", "look like one: "),
    ],
)
def test_a_letter_of_another_alphabet_is_named_by_its_place_and_alphabet(text, told):
    assert told in str(tell_foreign(text))


def test_plain_letters_and_what_is_no_letter_are_of_no_other_alphabet():
    assert tell_foreign("AB-C 1*\u2011") is None


@pytest.mark.parametrize("value", ["25\u00a01".encode().decode("latin-1"), "25\u00a01"])
def test_a_headers_value_is_read_as_utf_8_where_it_is_and_as_it_came_otherwise(value):
    assert "character 3 (NO-BREAK SPACE, U+00A0)" in str(tell_unseen_in_header(value))


@given(st.text())
def test_nothing_unseen_is_left_in_what_is_seen(text):
    assert find_unseen(drop_unseen(text)) is None


def test_what_cannot_be_seen_of_a_value_ends_the_sentence_on_it():
    assert end_with_unseen("150\u00a0") == ", whose character 4 (NO-BREAK SPACE, U+00A0) cannot be seen: type it anew"
    assert end_with_unseen("150") == end_with_unseen(150) == ""
