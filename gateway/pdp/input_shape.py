"""Which members an input lacks that this version always writes, as one that an earlier version wrote, and which none has."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import orjson


def find_missing(document: Mapping[str, Any]) -> list[str]:
    """Their paths, as `usage.office`, each once; of a member that is missing as a whole, only itself."""
    return list(dict.fromkeys(_walk(document, _schema(), "")))


def find_unknown(path: Sequence[str]) -> tuple[Sequence[str], str, list[str]] | None:
    """The first member on a path that no input has: those before it, its name, and which there are in its place.

    None where there is none, and where an input may have members by any name.
    """
    shape = _shape_of(_schema())
    for at, name in enumerate(path):
        members, others = shape.get("properties", {}), shape.get("additionalProperties", False)
        if not members and not isinstance(others, dict):
            return None  # no block of named members: what is read of it is for who knows types
        if name not in members and not isinstance(others, dict):
            return path[:at], name, [*members]
        shape = _shape_of(members.get(name, others))
    return None


def _shape_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a value has where it is not null."""
    return next((one for one in schema.get("anyOf", ()) if "properties" in one), schema)


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((files("gateway.pdp") / "schemas" / "input.json").read_bytes())
    return found


def _walk(value: Any, schema: Mapping[str, Any], at: str) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, schema.get("items", {}), at)
    if not isinstance(value, dict):
        return
    shape = _shape_of(schema)
    required = shape.get("required", ())
    for name, inner in shape.get("properties", {}).items():
        if name in value:
            yield from _walk(value[name], inner, f"{at}{name}.")
        elif name in required:
            yield f"{at}{name}"
