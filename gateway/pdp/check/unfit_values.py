"""Values in the tables that are not of the type which a rule makes sure of: the rule then never holds, and denies all it judges.

Of an entry of the office's own nothing else says what it must be. It is told where it stands, for there the mistake is.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from gateway.errors import ConfigurationError
from gateway.model import find_member
from gateway.pdp.check.rule_lines import list_rule_lines
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.unread_entries import lacks_part
from gateway.pdp.check.written_numbers import read_written, tell_other
from gateway.pdp.tables import find_lines, parse_table
from gateway.strict import VALUES_IN_WORDS

_NAMED = re.compile(r"^\t+(\w+) := data\.tables\.(\w+)\.(\w+(?:\.\w+)*)$")
_ASSURED = re.compile(r"\bis_(number|string|array|object|boolean)\((?:data\.tables\.)?([\w.]+)\)")
_TYPES: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
    "boolean": (bool,),
}


class Assured(NamedTuple):
    """A place in a table, and the type of what must stand there."""

    topic: str
    path: tuple[str, ...]
    wanted: str


def unfit_value_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each such value, at its line."""
    schema = json.loads((files("gateway.pdp") / "schemas" / "tables.json").read_text(encoding="utf-8"))
    for place in dict.fromkeys(list_assured(directory)):
        if find_member(schema, "properties", place.topic, "properties", place.path[0]) is not None:
            continue  # one of the gateway's, held to its form
        file = f"tables/{place.topic}/data.yaml"
        try:
            text = (directory / file).read_text(encoding="utf-8")
            table = parse_table(text, file)
        except (OSError, ValueError, ConfigurationError):
            continue  # told by whoever judges the table
        if not isinstance(table, dict) or place.path[0] not in table or lacks_part(table, place.path):
            continue  # that there is no such entry is told where it is read
        given = find_member(table, *place.path)
        if not _is_fit(given, place.wanted):
            told = _tell(given, read_written(text).get(place.path))
            must = f"`{'.'.join(place.path)}` must be {VALUES_IN_WORDS[place.wanted]}"
            sentence = f"{must}, of which the rule that reads it makes sure; {told}."
            yield PolicyFinding(file=file, line=_find_line(text, place.path), rule="table", sentence=sentence)


def list_assured(directory: Path) -> Iterator[Assured]:
    """Each entry of a table that a rule reads by its name and holds to a type, in the same rule."""
    names: dict[str, tuple[str, str]] = {}
    for _, _, line in list_rule_lines(directory):
        if not line.startswith("\t"):
            names = {}  # another rule
        if named := _NAMED.match(line.rstrip()):
            names[named[1]] = (named[2], named[3])
        for wanted, read in _ASSURED.findall(line):
            topic, _, path = read.partition(".") if "." in read else ("", "", "")
            topic, path = names.get(read, (topic, path))
            if "tables." + read in line or read in names:
                yield Assured(topic, tuple(path.split(".")), wanted)


def _find_line(text: str, path: tuple[str, ...]) -> int:
    """That of the value, or of the entry that lacks it."""
    lines = find_lines(text)
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)


def _is_fit(given: Any, wanted: str) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(given, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(given, bool))


def _tell(given: Any, raw: str | None) -> str:  # noqa: ANN401 - the same
    """What stands there instead."""
    if given is None:
        return "here it is empty, or not written at all"
    return f"here it is {tell_other(given, raw)}"
