"""One text for one value, held against an independent implementation of RFC 8785."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import canonical, canonical_bytes

_FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda x: x == 0 or 1e-4 <= abs(x) < 1e15 or (x == int(x) and abs(x) <= 2**53)
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | _FRACTIONS
    | st.text(st.characters(codec="utf-8"))
)
_KEYS = st.text(st.characters(min_codepoint=0, max_codepoint=127))
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner), max_leaves=30)


@given(_VALUES)
def test_it_is_the_form_that_another_implementation_gives(value: object) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(_VALUES)
def test_reading_it_back_and_writing_it_again_changes_nothing(value: object) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53 + 1, [1e-5], {"a": 1.5e300}, "\ud800", {"é": 1}, {1: 2}, {"a": object()}, b"x"],
)
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence does not matter
        canonical(value)


def test_tuples_and_mappings_are_written_as_lists_and_objects() -> None:
    assert canonical({"b": (1, 2), "a": 1.0}) == '{"a":1,"b":[1,2]}'
