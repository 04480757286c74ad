import pytest

from gateway.pdp.check.opa_words import say_plainly


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("var _case_is_opened is unsafe", "`_case_is_opened` is not known here"),
        ("undefined ref: input.facts.case.statuss\n\thave: 1", "The input has no `input.facts.case.statuss`"),
        ("unexpected eof token", "The file ends in the middle of a rule"),
        (
            "illegal token",
            "A sign in this line is none that rules are written with. Quotation marks must be plain ones",
        ),
        ("unexpected } token: expected \\n", "This cannot be read from here on"),
    ],
)
def test_what_opa_says_is_told_in_plain_words(message, told):
    assert say_plainly(message).startswith(told)


def test_what_has_no_plain_words_is_told_as_it_is():
    assert say_plainly("something new\nin two lines") == "something new\nin two lines"
