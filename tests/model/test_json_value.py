"""What lies where in a JSON value."""

from types import MappingProxyType

import pytest

from gateway.model import find_member

TREE = {"usage": {"daily": {"value": 200}}, "listed": [1]}


def test_a_member_is_found_by_its_path_also_in_what_is_only_a_mapping():
    assert find_member(TREE, "usage", "daily", "value") == 200
    assert find_member(MappingProxyType(TREE), "usage", "daily") == {"value": 200}


@pytest.mark.parametrize(
    "path", [("nothing",), ("usage", "weekly", "value"), ("listed", "value"), ("usage", "daily", "value", "more")]
)
def test_what_is_not_there_is_none_wherever_the_path_ends(path):
    assert find_member(TREE, *path) is None
