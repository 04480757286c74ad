"""What a value may look like, as a profile's table says it, and the check of one value against it.

Every text, number and list is bounded: a table that leaves a bound out is refused when it is loaded. Nothing is ever
clamped or converted; a value that does not fit is refused.
"""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.errors import Refusal
from gateway.model import Json
from gateway.reasons import Reason
from gateway.unseen import tell_unseen

_MOST_LISTED = 12
_TYPES = {"text": "a text", "integer": "a whole number", "number": "a number", "array": "a list"}
LEAVE_OUT = " Where there is nothing to say, leave the field out."
"""What is told besides of a field that was sent as null or empty, as forms and serialisers do."""
_SMALLEST = 1e-4  # records do not write smaller fractions, and no vendor's field means anything by one


class ProfileTable(BaseModel):
    """A part of a profile: frozen, and every key that nobody knows is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Shape(ProfileTable):
    """The form of one value. `min` and `max` bound a number, a text's length or an array's items, both included.

    A `tuple` is a list whose items each mean something, in the order of its members: `[longitude, latitude]`.
    """

    type: Literal["text", "integer", "number", "array", "object", "tuple"]
    required: bool = False
    min: float = 0
    max: float | None = None
    enum: tuple[str, ...] | None = None
    items: "Shape | None" = None
    members: dict[str, "Shape"] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        has_members = self.type in ("object", "tuple")
        if self.max is None and not has_members and self.enum is None:
            raise ValueError("needs a max (or an enum)")
        if (self.type == "array") != (self.items is not None) or has_members != bool(self.members):
            raise ValueError("an array needs items, an object or a tuple members, and nothing else has them")
        return self


def check_shape(shape: Shape, value: Json, field: str) -> Json:
    """The value itself if it has this shape.

    Raises:
        Refusal: `request_wrong_type`, `request_out_of_range`, `request_missing_field`, `request_unknown_field`, naming
            `field` (ours) and never the value.
    """
    match shape.type, value:
        case "text", str():
            _check_text(shape, value, field)
        case "integer" | "number", int() if not isinstance(value, bool):
            _check_number(shape, value, field)
        case "number", float():
            _check_number(shape, value, field)
        case "array", list():
            _check_array(shape, value, field)
        case "tuple", list() if len(value) == len(shape.members):
            _check_tuple(shape, value, field)
        case "object", dict():
            _check_object(shape, value, field)
        case _:
            left_out = LEAVE_OUT if value is None or value == "" else ""
            raise Refusal(Reason.REQUEST_WRONG_TYPE, field=field, hint=f"Allowed: {_name_type(shape)}.{left_out}")
    return value


def _name_type(shape: Shape) -> str:
    if shape.type == "tuple":
        return f"a list of {' and '.join(shape.members)}, in this order"
    return _TYPES.get(shape.type) or f"an object with {', '.join(shape.members)}"


def _check_text(shape: Shape, value: str, field: str) -> None:
    if shape.enum is not None:
        if value not in shape.enum:
            raise Refusal(
                Reason.REQUEST_OUT_OF_RANGE, field=field, hint=tell_unseen(value) or _list_allowed(shape.enum)
            )
    elif not _within(shape, len(value)) or not value.isprintable():
        hint = tell_unseen(value) or _tell_bounds(shape, " printable characters")
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=hint)


def _check_number(shape: Shape, value: float, field: str) -> None:
    if not _within(shape, value) or 0 < abs(value) < _SMALLEST:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=_tell_bounds(shape))


def _list_allowed(values: Iterable[str]) -> str | None:
    """The values there are, where they fit into a sentence."""
    listed = sorted(values)
    return f"Allowed: {', '.join(listed)}." if len(listed) <= _MOST_LISTED else None


def _tell_bounds(shape: Shape, of_what: str = "") -> str | None:
    """The least and the most, as far as there are any, and of what."""
    bounds = (("least", shape.min), ("most", shape.max))
    told = [f"at {word} {bound:.12g}" for word, bound in bounds if bound is not None]
    return f"Allowed: {' and '.join(told)}{of_what}." if told else None


def _check_array(shape: Shape, value: list[Json], field: str) -> None:
    if not _within(shape, len(value)):
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=_tell_bounds(shape, " in the list"))
    if shape.items is not None:
        for item in value:
            check_shape(shape.items, item, field)


def _check_tuple(shape: Shape, value: list[Json], field: str) -> None:
    for item, (name, member) in zip(value, shape.members.items(), strict=True):
        check_shape(member, item, f"{field}.{name}")


def _write_form(shape: Shape) -> str:
    """An object's members as they stand in each other: `{radius: {latitude, longitude}}`."""
    told = (f"{name}: {_write_form(one)}" if one.members else name for name, one in shape.members.items())
    return f"{{{', '.join(told)}}}"


def _check_object(shape: Shape, value: dict[str, Json], field: str) -> None:
    if not value.keys() <= shape.members.keys():
        raise Refusal(Reason.REQUEST_UNKNOWN_FIELD, field=field, hint=f"Its form is {field}: {_write_form(shape)}.")
    for name, member in shape.members.items():
        if name in value:
            check_shape(member, value[name], f"{field}.{name}")
        elif member.required:
            raise Refusal(Reason.REQUEST_MISSING_FIELD, field=f"{field}.{name}")


def _within(shape: Shape, size: float) -> bool:
    return shape.min <= size and (shape.max is None or size <= shape.max)
