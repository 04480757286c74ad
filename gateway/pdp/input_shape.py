"""Which members an input lacks that this version always writes: it is one that an earlier version wrote."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson


def find_missing(document: Mapping[str, Any]) -> list[str]:
    """Their paths, as `usage.office`, each once; of a member that is missing as a whole, only itself."""
    return list(dict.fromkeys(_walk(document, _schema(), "")))


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
    shape = next((one for one in schema.get("anyOf", ()) if "properties" in one), schema)
    required = shape.get("required", ())
    for name, inner in shape.get("properties", {}).items():
        if name in value:
            yield from _walk(value[name], inner, f"{at}{name}.")
        elif name in required:
            yield f"{at}{name}"
