import pytest

from gateway.pdp.check.written_numbers import find_two_ways, find_words, read_written, suggest_number


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("1,000", "1000"),
        ("1 000", "1000"),
        ("1\u202f000", "1000"),
        ("1'000", "1000"),
        ("1_000", "1000"),
        ("10_00", "1000"),
        ("1e3", "1000"),
        ("1.5E+3", "1500"),
        ("1.000.000", "1000000"),
        ("1,000.50", "1000.5"),
        ("1.000,50", "1000.5"),
        ("-1,000", "-1000"),
        ("+5", "5"),
        ("007", "7"),
        ("0,5", "0.5"),
        ("5.000", None),
        ("5.9.5", None),
        ("2026-11-01", None),
        ("12:30", None),
        ("one", None),
        ("", None),
    ],
)
def test_the_number_that_is_probably_meant_is_suggested_and_what_is_no_number_is_left_alone(raw, meant):
    assert suggest_number(raw) == meant


def test_three_digits_behind_a_point_are_read_in_two_ways_unless_nothing_is_before_it():
    written = read_written("{a: 5.000, b: 0.125, c: 12.5, d: 1234.567, e: [1, 1.826]}")
    assert [path for path, _ in find_two_ways(written)] == [("a",), ("e", 1)]


def test_what_is_in_quotation_marks_is_the_text_that_it_is():
    written = read_written("own: {value: '1,000'}\nother: {value: 1 000, source: 1 000}")
    assert [path for path, _ in find_words(written)] == [("other", "value")]
