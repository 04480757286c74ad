import pytest

from gateway.pdp.check.opa_words import place_plainly, say_plainly


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("var _case_is_opened is unsafe", "`_case_is_opened` is not known here"),
        (
            "undefined ref: input.facts.case.statuss\n\thave: 1",
            "The input has no `input.facts.case.statuss`: the gateway sends no such field, so this never holds. Did you mean `status`?",
        ),
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


RULES = """package lpr.case

deny contains {
	"code": "case_closed",
} if {
	_case_is_known
	not _case_is_open

# METADATA
# title: The case is open
# custom:
#   code: none
_case_is_open if {
	input.facts.case.status == "open"
}
""".splitlines()


def test_a_bracket_that_is_not_closed_is_told_where_its_rule_ends_and_not_at_the_next_rule():
    line, told = place_plainly("unexpected if keyword: expected \\n or ; or }", 13, RULES)
    assert (line, "what line 5 opens, `} if {`" in told) == (7, True)


@pytest.mark.parametrize(
    ("old", "new", "message", "row", "at"),
    [
        ("_case_is_open if {", "_case_is_open If {", "var cannot be used for rule name", 13, 13),
        ("deny contains {", "deny Contains {", "unexpected : token", 4, 3),
        ("\tnot _case", "\tNot _case", "unexpected identifier token", 7, 7),
    ],
)
def test_a_word_of_the_language_that_begins_with_a_capital_is_told_at_its_line(old, new, message, row, at):
    text = "\n".join(RULES)
    assert old in text
    line, told = place_plainly(message, row, text.replace(old, new).splitlines())
    assert (line, "is written in small letters" in told) == (at, True)


@pytest.mark.parametrize(
    ("old", "new", "message", "at"),
    [
        ("_case_is_open if {", "_case_is_open if (", "non-terminated expression", 13),
        ('"open"\n}', '"open"\n)', "unexpected ) token", 15),
    ],
)
def test_a_bracket_that_is_closed_by_another_is_told_where_it_stands(old, new, message, at):
    text = "\n".join([*RULES[:7], "}", *RULES[8:]])
    assert old in text
    line, told = place_plainly(message, 14, text.replace(old, new).splitlines())
    assert (line, "the body of a rule stands between { and }" in told) == (at, True)


def test_where_each_bracket_is_closed_what_opa_says_stays_at_its_line():
    whole = [*RULES[:7], "}", *RULES[7:]]
    line, told = place_plainly("unexpected if keyword: expected \\n or ; or }", 14, whole)
    assert (line, told.startswith("This cannot be read from here on")) == (14, True)


@pytest.mark.parametrize(
    ("old", "new", "at", "told"),
    [
        ("#   code", "#\tcode", 12, "this line begins with a tab: begin it with spaces."),
        (
            "# title: The",
            "# title: Open: the",
            10,
            "the text in this line has a colon in it: put it in quotation marks.",
        ),
        ("# title: The", '# title: "The', 10, "a quotation mark in this line is not closed."),
        ("# title: The", "# title:The", 10, "there is no space after the colon."),
    ],
)
def test_a_heading_that_is_no_yaml_is_told_at_its_line_in_the_words_for_tables(old, new, at, told):
    lines = [line.replace(old, new) for line in RULES]
    for said in (10, 12):  # OPA names one of the lines of the heading
        line, sentence = place_plainly("yaml: line 3: found character that cannot start any token", said, lines)
        assert (line, sentence) == (at, f"The heading of the rule (METADATA) cannot be read: behind the `#`, {told}")
