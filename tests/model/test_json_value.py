"""What lies where in a JSON value."""

from types import MappingProxyType

import pytest

from gateway.model import find_member, is_number

TREE = {"usage": {"daily": {"value": 200}}, "listed": [1]}


def test_a_member_is_found_by_its_path_also_in_what_is_only_a_mapping():
    assert find_member(TREE, "usage", "daily", "value") == 200
    assert find_member(MappingProxyType(TREE), "usage", "daily") == {"value": 200}


@pytest.mark.parametrize(
    "path", [("nothing",), ("usage", "weekly", "value"), ("listed", "value"), ("usage", "daily", "value", "more")]
)
def test_what_is_not_there_is_none_wherever_the_path_ends(path):
    assert find_member(TREE, *path) is None


@pytest.mark.parametrize(("value", "expected"), [(0, True), (1.5, True), (True, False), ("1", False), (None, False)])
def test_a_number_is_one_and_true_is_none(value, expected):
    assert is_number(value) is expected
