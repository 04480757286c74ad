"""What is wrong in a profile's table, in a sentence each: for whoever writes one for a vendor, and knows no library's words."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.near_words import suggest_near

_UNKNOWN, _MISSING = "extra_forbidden", "missing"
_FOLLOWS = frozenset({"too_short"})
"""What is said of a list or a block only because what stands in it is wrong."""


def tell_mistakes(form: type[BaseModel], error: ValidationError) -> list[str]:
    """Each mistake with its place; what only follows from another is left out."""
    mistakes = error.errors(include_input=False, include_url=False)
    places = [mistake["loc"] for mistake in mistakes]
    return [
        _tell(form, one) for one in mistakes if not (one["type"] in _FOLLOWS and _holds_another(one["loc"], places))
    ]


def _holds_another(place: tuple[int | str, ...], places: Sequence[tuple[int | str, ...]]) -> bool:
    return any(len(other) > len(place) and other[: len(place)] == place for other in places)


def _tell(form: type[BaseModel], mistake: ErrorDetails) -> str:
    place = ".".join(str(part) for part in mistake["loc"]) or "whole file"
    if mistake["type"] == _UNKNOWN:
        known = _find_form(form, mistake["loc"][:-1])
        return (
            f"{place}: there is no such key{suggest_near(str(mistake['loc'][-1]), known.model_fields if known else ())}"
        )
    if mistake["type"] == _MISSING:
        return f"{place}: is missing"
    return f"{place}: {mistake['msg'].removeprefix('Value error, ')}"


def _find_form(form: type[BaseModel], place: Sequence[int | str]) -> type[BaseModel] | None:
    """The block that stands at a place; None where it is none of a fixed form."""
    found: type[BaseModel] | None = form
    names = (part for part in place if not isinstance(part, int))
    for name in names:
        field = found.model_fields.get(name) if found else None
        if field is None:
            return None
        found = next(_list_forms(field.annotation), None)
        if get_origin(field.annotation) is dict:
            next(names, None)  # the name that an entry of a block of them was given
    return found


def _list_forms(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _list_forms(argument)
