import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical import canonical
from gateway.errors import ConfigurationError
from gateway.pdp.tables import parse_table
from tests.properties import examples


def problem(text):
    with pytest.raises(ConfigurationError) as refused:
        parse_table(text, "tables/x/data.yaml")
    return refused.value.problems[0]


def test_a_table_with_comments_and_plain_words_is_read():
    text = "# Training.\nlpr:\n  days: 365   # a year\n  half: 0.5\n  on: true\n  note: DHS/ICE/PIA-039\n  none: null\n"
    assert parse_table(text, "t") == {
        "lpr": {"days": 365, "half": 0.5, "on": True, "note": "DHS/ICE/PIA-039", "none": None}
    }


@pytest.mark.parametrize(
    "word", ["no", "NO", "yes", "off", "1:30", "0x10", "012", "1e3", "2026-01-01", ".inf", "~", "1_000"]
)
def test_words_that_yaml_would_turn_into_something_else_stay_words(word):
    assert parse_table(f"value: {word}", "t") == {"value": word}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the name `a` is given twice in one block: leave one of the two"),
        (
            "a:\n  1: x\n",
            "line 2: the name `1` is no word: put it in quotation marks, or write a point where its comma begins a fraction",
        ),
        ("[a]: b", "line 1: a list or a block cannot be a name; a name is a word"),
    ],
)
def test_a_name_given_twice_or_that_is_no_word_is_told_with_itself_and_its_line(text, told):
    assert problem(text) == f"tables/x/data.yaml, {told}"


@pytest.mark.parametrize("text", ["1: a", "true: a", "null: a", "[a]: b", "? {a: b}\n: c"])
def test_a_key_that_is_no_word_is_a_mistake(text):
    assert problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]",
        "a: !!int '5'",
        "a: !mine 5",
        "a: &x 1\nb: *x",
        "a: &x {b: 1}\nc:\n  <<: *x",
        "[" * 40 + "]" * 40,
    ],
)
def test_tags_anchors_and_deep_nesting_are_mistakes(text):
    assert "tags, anchors and deep nesting are not accepted" in problem(text)


@pytest.mark.parametrize("text", ["a: 1\n---\nb: 2\n", "a: [1", "a: 'x", "\ta: 1", "a: \x00"])
def test_what_is_not_one_yaml_document_is_a_mistake(text):
    assert problem(text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_xyz", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=examples(100))
def test_whatever_json_says_the_table_says_too(value):
    assert parse_table(canonical(value), "t") == value
