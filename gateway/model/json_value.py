"""What JSON can hold, and what lies where in it."""

from collections.abc import Mapping
from typing import TypeAlias, TypeGuard

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def find_member(tree: "Json | Mapping[str, Json]", name: str, *path: str) -> Json:
    """The member at the end of a path of names; None where a name is missing or something on the way is no object."""
    found: Json = tree.get(name) if isinstance(tree, Mapping) else None
    return find_member(found, *path) if path else found


def find_number(tree: "Json | Mapping[str, Json]", name: str, *path: str) -> float | None:
    """The number at the end of a path of names; None where there is none."""
    found = find_member(tree, name, *path)
    return float(found) if is_number(found) else None


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a number: `true` is none, though Python would count with it."""
    return isinstance(value, int | float) and not isinstance(value, bool)
