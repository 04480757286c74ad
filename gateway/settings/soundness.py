"""What of a settings file can be judged although some of it is wrong: the rest, with defaults where a value was taken out."""

import copy
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from gateway.settings.shape import TOGETHER, Settings

_NOBODYS: Final = "extra_forbidden"  # nothing follows from a setting that there is not
_ROUNDS: Final = 4  # first a value, then the table that lacks it, then the list that holds the table; and once what is judged together


class SoundPart(NamedTuple):
    """What can be judged of a settings file.

    `settings` are those without what is wrong, None where nothing is left; `further` are pydantic's errors that only then
    come to light; `lacking` are the places of what was left out and may be missed there. `is_partial` where that are tables,
    of which nothing can be judged.
    """

    settings: Settings | None
    further: list[Any]
    lacking: list[tuple[Any, ...]]
    is_partial: bool


def find_sound_part(document: dict[str, Any], error: ValidationError) -> SoundPart:
    """What can be judged: a value that is wrong is left out, and where its table then lacks what it needs, the table."""
    left, faults = copy.deepcopy(document), error.errors()
    told: set[tuple[Any, ...]] = set()
    further: list[Any] = []
    lacking: list[tuple[Any, ...]] = []
    left_out = 0
    for _ in range(_ROUNDS):
        own = [item for item in faults if item["loc"] not in TOGETHER]
        told |= {item["loc"] for item in faults} & {*TOGETHER}
        lacking += [tuple(item["loc"]) for item in own if item["type"] != _NOBODYS]
        _leave_out(left, {_locate(left, item["loc"]) for item in own})
        left_out += bool(own)
        try:
            settings = Settings.model_validate(left, context=told)
            return SoundPart(settings, further, lacking, is_partial=left_out > 1)
        except ValidationError as next_error:
            faults = next_error.errors()
            further += [item for item in faults if item["loc"] in TOGETHER and not _may_follow(item, lacking)]
    return SoundPart(None, further, lacking, is_partial=True)


def _may_follow(item: Any, lacking: Collection[tuple[Any, ...]]) -> bool:  # noqa: ANN401 - an error as pydantic tells it
    """Whether what is judged together names a value of its table that was left out: the default stands there instead."""
    return any(place[:-1] == item["loc"] and str(place[-1]) in item["msg"] for place in lacking)


def concerns(problem: str, places: Sequence[tuple[Any, ...]]) -> bool:
    """Whether a sentence is about one of these settings, or a table of the same list: it may only follow from what was left out."""
    return any(problem.startswith(_beginnings(place)) for place in places if place)


def _beginnings(place: tuple[Any, ...]) -> tuple[str, ...]:
    """How sentences begin that are about this setting; of one in a list of tables, about any of them."""
    numbers = [at for at, part in enumerate(place) if isinstance(part, int)]
    if not numbers and len(place) > 1:
        return (f"[{'.'.join(place[:-1])}] {place[-1]}",)
    *tables, name = place[: numbers[0]] if numbers else place
    table = ".".join([*tables, name])
    return f"[{table}]", f"[{table}.", f"[[{table}", f"[{'.'.join(tables)}] {name}"


def _locate(document: Any, place: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401 - tables and lists of TOML
    """Where what is wrong stands; of what is missing, the table that lacks it."""
    for depth, part in enumerate(place):
        if not _has(document, part):
            return place[:depth]
        document = document[part]
    return place


def _leave_out(document: Any, found: Collection[tuple[Any, ...]]) -> None:  # noqa: ANN401 - the same
    """Take out what stands at these places, each once: a table may lack several things, and what holds it is not wrong."""
    for place in sorted(found, key=_in_order, reverse=True):  # the last of a list first, so that numbers stay true
        table = document
        for part in place[:-1]:
            table = table[part]
        if place:
            del table[place[-1]]


def _in_order(place: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    return [(isinstance(part, int), part) for part in place]


def _has(table: Any, part: Any) -> bool:  # noqa: ANN401 - the same
    if isinstance(table, list):
        return isinstance(part, int) and part < len(table)
    return isinstance(table, dict) and part in table
