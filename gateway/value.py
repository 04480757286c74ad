"""Frozen values of which a request makes dozens: made, compared and copied by compiled code. Imports nothing of ours.

A `Value` names its fields and cannot be changed. It does what a frozen dataclass does at a twentieth of the cost, which
a request pays for every field of every value. What is `Hidden` never stands in its `repr`.
"""

import dataclasses
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec.structs import asdict, astuple

__all__ = ["Hidden", "Value", "asdict", "astuple", "replace"]

T = TypeVar("T")

_HIDDEN = "hidden"
Hidden: TypeAlias = Annotated[T, _HIDDEN]
"""What must not lie open: a plate, a credential, what a caller wrote."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen value; its fields are given by name."""

    def __repr__(self) -> str:
        """The fields that may be seen."""
        shown = {name: kind for name, kind in type(self).__annotations__.items() if _HIDDEN not in _notes(kind)}
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _notes(kind: object) -> tuple[object, ...]:
    return getattr(kind, "__metadata__", ())


def replace(value: T, **changes: Any) -> T:  # noqa: ANN401 - the types of the fields
    """The same value, or record of plain data, with other fields."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]
