"""Text that can be read in one way only."""

import json
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.strict import RepeatedName, _members, parse_json, parse_yaml, tell_toml_mistake

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_json_writes_is_read_as_it_was(value):
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', '[{"b":{"a":1,"a":2}}]', '{"a":1,"\\u0061":2}'])
def test_a_name_given_twice_at_any_depth_is_refused(text):
    with pytest.raises(RepeatedName):
        parse_json(text)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "-Infinity", "{} {}", "", "{'a':1}", '"\\ud800"', "\ufeff{}", "[1,]"]
)
def test_what_is_not_json_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


class Compared(str):
    """A name that counts how often it is compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other):
        Compared.times += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_the_name_that_is_given_twice_is_found_among_ever_so_many_by_looking_at_each_once():
    names = [Compared(f"n{number}") for number in range(2000)]
    with pytest.raises(RepeatedName) as repeated:
        _members([(name, None) for name in [*names, Compared("n1999")]])
    assert repeated.value.name == "n1999"
    assert Compared.times < 10 * len(names)


def test_yaml_is_read_as_its_plain_types():
    assert parse_yaml("a: 1\nb: [x, yes]\n") == {"a": 1, "b": ["x", True]}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: 1\nb: 2\na: 3\n", 3), ("a:\n  b: 1\n  b: 1\n", 3), ("1: x\n", 1), ("a: [1\n", 2), ("a: !!python/name:os.system x\n", 1)],
)  # fmt: skip
def test_a_key_given_twice_or_of_another_kind_and_what_is_no_plain_yaml_is_named_with_its_line(text, line):
    with pytest.raises(ValueError, match=rf"^line {line}: "):
        parse_yaml(text)


@pytest.mark.parametrize(("text", "line"), [("\t- a\n", 1), ("a:\n  b: 1\n\tc: 2\n", 3), ("- a: 1\n  \tb: 2\n", 2)])
def test_a_line_that_begins_with_a_tab_is_told_as_that(text, line):
    with pytest.raises(ValueError, match=f"^line {line}: this line begins with a tab: begin it with spaces$"):
        parse_yaml(text)


def test_a_loader_of_fewer_types_reads_fewer():
    class Words(yaml.BaseLoader):
        pass

    assert parse_yaml("a: 1", Words) == {"a": "1"}


@pytest.mark.parametrize("text", ['bind = "a\nnext = 1\n', "bind = 'a\n", 'bind = "a'])
def test_a_quotation_mark_that_is_not_closed_is_told_as_missing(text):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert tell_toml_mistake(text, caught.value).endswith(": a closing quotation mark is missing")


def test_of_another_mistake_in_toml_nothing_is_said_of_quotation_marks():
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads("bind =\n")
    assert tell_toml_mistake("bind =\n", caught.value) == str(caught.value)
