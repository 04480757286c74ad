"""Entries of the tables that nothing reads, whose author believes them in force; and such that rules read and no table has.

Nothing is told where a rule may read an entry by a name that only the request says, nor of notes to people.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError
from gateway.model import find_member
from gateway.pdp.check.entry_reads import EntryReads, Place, read_entries
from gateway.pdp.check.rule_lines import list_rule_lines
from gateway.pdp.check.source import PolicyFinding, suggest
from gateway.pdp.tables import find_lines, parse_table

_READ = re.compile(r"\bdata\.tables\.([a-z_]+)\.([a-z_0-9]+)")
_READ_PART = re.compile(r"\bdata\.tables\.([a-z_]+)\.([a-z_0-9]+)\.([a-z_0-9]+)")
_READ_TABLE = re.compile(r"\bdata\.tables\.([a-z_][a-z_0-9]*)")
_VALUE = "value"
NOTES = frozenset(
    {
        "source",
        "confidence",
        "note",
        "notes",
        "remark",
        "comment",
        "description",
        "title",
        "reference",
        "basis",
        "memorandum",
    }
)
"""What an entry is called that is a note to people: no rule need read it, whatever it says. They are listed in policies/README.md."""
_SETTING = re.compile(
    r"""[+-]?\d[\d.,_]*\s*(%|(minute|hour|day|week|month|year)s?)?        # a number, also of a unit
    | \d{1,4}[-./]\d{1,2}[-./]\d{1,4}([T ].*)?                          # a day, or an instant
    | true | false | yes | no | on | off | any | none | all | never""",
    re.VERBOSE | re.IGNORECASE,
)


def unread_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each entry that neither a rule of this policy folder nor the gateway reads, at its line."""
    reads = read_entries(_read_rules(directory))
    if reads is None:
        return
    schema = json.loads((files("gateway.pdp") / "schemas" / "tables.json").read_text(encoding="utf-8"))
    tables, codes = {}, {*_list_enums(schema)}
    for path in sorted((directory / "tables").rglob("data.yaml")):
        table = _read_table(path)
        if table is not None:  # else it is told by whoever judges the table
            tables[path] = table
            codes |= {*_list_codes(table)}
    for path, table in tables.items():
        topic, name = path.relative_to(directory / "tables").parts[:-1], path.relative_to(directory).as_posix()
        node = schema["properties"].get(".".join(topic))
        if node is None and not reads.touches(topic):
            yield PolicyFinding(file=name, line=1, rule="table", sentence=_tell_unread(topic, table))
            continue
        lines = find_lines(path.read_text(encoding="utf-8"))
        for place, value in _find_unread(topic, (), table, [*_resolve(node, schema)], _Known(reads, schema, codes)):
            yield PolicyFinding(file=name, line=lines.get(place, 1), rule="table", sentence=_tell_unread(place, value))


def unknown_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each place where a rule reads a table that is not there, or an entry that its table has not: it never holds, and nobody sees why."""
    tables = read_tables(directory)
    for file, number, line in list_rule_lines(directory):
        for sentence in _judge_line(line, tables):
            yield PolicyFinding(file=file, line=number, rule="unknown-entry", sentence=sentence)


def _judge_line(line: str, tables: Mapping[str, dict[str, Any] | None]) -> Iterator[str]:
    """What is wrong with the tables and entries that a line reads; of a table that cannot be read nothing is said here."""
    for topic in dict.fromkeys(_READ_TABLE.findall(line)):
        if topic not in tables:
            yield f"There is no table `{topic}` (tables/{topic}/data.yaml), so this never holds.{suggest(topic, tables)}"
    for topic, entry in _READ.findall(line):
        names = tables.get(topic)
        if names is not None and entry not in names:
            yield f"The table `{topic}` has no `{entry}`, so this never holds.{suggest(entry, names)}"
    for topic, entry, part in _READ_PART.findall(line):
        if lacks_part(tables.get(topic) or {}, (entry, part)):
            yield f"`{entry}` of the table `{topic}` has no `{part}`, so this never holds. Did you mean `{_VALUE}`?"


def lacks_part(table: Mapping[str, Any], path: Place) -> bool:
    """Whether a path ends in something else than an entry with a `value` has, as `valu`: a slip of whoever wrote the rule."""
    entry = find_member(table, *path[:-1])
    return isinstance(entry, dict) and _VALUE in entry and path[-1] not in entry


def read_tables(directory: Path) -> dict[str, dict[str, Any] | None]:
    """The tables of this policy folder by name; None where one cannot be read, which is told by whoever judges it."""
    return {path.parent.name: _read_table(path) for path in (directory / "tables").rglob("data.yaml")}


def list_read(directory: Path) -> Iterator[tuple[str, int, str, str]]:
    """Each place where a rule reads an entry by its name: the file, the line, the table and the entry."""
    for name, number, line in list_rule_lines(directory):
        for topic, entry in _READ.findall(line):
            yield name, number, topic, entry


def _read_table(path: Path) -> dict[str, Any] | None:
    try:
        table = parse_table(path.read_text(encoding="utf-8"), path.name)
    except (OSError, ValueError, ConfigurationError):
        return None
    return table if isinstance(table, dict) else None


def _read_rules(directory: Path) -> list[str]:
    """The rules, file by file; tests are no rules."""
    paths = sorted(path for path in directory.rglob("*.rego") if not path.name.endswith("_test.rego"))
    return [path.read_text(encoding="utf-8", errors="replace") for path in paths]


@dataclass(frozen=True, slots=True)
class _Known:
    """What an entry is held against: what rules read, what the gateway reads, and the words that mean something in a table."""

    reads: EntryReads
    schema: Mapping[str, Any]
    codes: Collection[str]


def _find_unread(
    topic: Place, path: Place, table: Mapping[str, Any], nodes: list[Mapping[str, Any]], known: _Known
) -> Iterator[tuple[Place, object]]:
    """The path in the table of each such entry, outermost first, with what stands there."""
    for name, value in table.items():
        place, full = (*path, name), (*topic, *path, name)
        inner = [one for node in nodes for one in _resolve(_find_member(node, name), known.schema)]
        if not inner and not known.reads.touches(full):
            if not _is_note(name, value, known.codes):
                yield place, value
        elif isinstance(value, dict) and not known.reads.takes(full):
            yield from _find_unread(topic, place, value, inner, known)


def _find_member(node: Mapping[str, Any], name: str) -> object:
    """What the gateway knows of an entry by its name; None where it reads none of this name."""
    return node.get("properties", {}).get(name, node.get("additionalProperties"))


def _resolve(node: object, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Each part of a schema's node, without references."""
    if node is True:
        yield {}
    elif isinstance(node, dict):
        yield node
        if "$ref" in node:
            yield from _resolve(schema["$defs"][node["$ref"].rpartition("/")[2]], schema)
        for part in node.get("allOf", ()):
            yield from _resolve(part, schema)


def _is_note(name: str, value: object, codes: Collection[str]) -> bool:
    """Whether nobody takes it for a setting: a text by a note's name, or one that reads as a sentence."""
    if not isinstance(value, str):
        return False
    return name in NOTES or not (value in codes or _SETTING.fullmatch(value.strip()))


def _tell_unread(place: Place, value: object) -> str:
    told = f"`{'.'.join(place)}` is read by no rule and changes nothing: write the rule that reads it, or take it out"
    return f"{told}; what is only a note is called `note`." if isinstance(value, str) else f"{told}."


def _list_codes(value: object) -> Iterator[str]:
    """The names of entries, and the words of lists."""
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _list_codes(inner)
    elif isinstance(value, list):
        yield from (word for word in value if isinstance(word, str))


def _list_enums(node: object) -> Iterator[str]:
    """The words among which the gateway has a table choose."""
    if isinstance(node, dict):
        yield from node.get("enum", ())
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _list_enums(inner)
