"""Entries of the tables that nothing reads, whose author believes them in force; and such that rules read and no table has.

Nothing is told where a rule may read an entry by a name that only the request says, nor of texts, which may be notes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError
from gateway.pdp.bundle import list_rules
from gateway.pdp.check.source import PolicyFinding, suggest
from gateway.pdp.tables import find_lines, parse_table

_READ = re.compile(r"\bdata\.tables\.([a-z_]+)\.([a-z_0-9]+)")
_PACKAGE = re.compile(r"^package (lpr\.[a-z_0-9]+)", re.MULTILINE)
_PACKAGES = re.compile(r"\bdata\.(lpr\.[a-z_0-9]+)")
_NO_CODE = re.compile(r"^\s*(?:#.*|import data\.tables\s*)$", re.MULTILINE)


def unread_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each entry that neither a rule of this policy folder nor the gateway reads, at its line."""
    known = json.loads((files("gateway.pdp") / "schemas" / "tables.json").read_text(encoding="utf-8"))["properties"]
    rules = _read_rules(directory)
    if any(re.search(r"\btables\b(?!\.[a-z_])", code) for code in rules):
        return
    for path in sorted((directory / "tables").rglob("data.yaml")):
        topic, name = path.parent.name, path.relative_to(directory).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
            table = parse_table(text, name)
        except (OSError, ValueError, ConfigurationError):
            continue  # told by whoever judges the table
        if topic == "reasons" or not isinstance(table, dict):
            continue
        lines = find_lines(text)
        for place, told in _find_unread(topic, table, known.get(topic), _join_about(topic, rules)):
            sentence = f"`{told}` is read by no rule and changes nothing: write the rule that reads it, or take it out."
            yield PolicyFinding(file=name, line=lines.get(place, 1), rule="table", sentence=sentence)


def unknown_findings(directory: Path) -> Iterator[PolicyFinding]:
    """Each place where a rule reads an entry that its table has not: it never holds there, and nobody sees why."""
    tables = read_tables(directory)
    for file, line, topic, entry in list_read(directory):
        names = tables.get(topic)
        if names is None or entry in names:
            continue
        sentence = f"The table `{topic}` has no `{entry}`, so this never holds.{suggest(entry, names)}"
        yield PolicyFinding(file=file, line=line, rule="unknown-entry", sentence=sentence)


def read_tables(directory: Path) -> dict[str, dict[str, Any] | None]:
    """The tables of this policy folder by name; None where one cannot be read, which is told by whoever judges it."""
    return {path.parent.name: _read_table(path) for path in (directory / "tables").rglob("data.yaml")}


def list_read(directory: Path) -> Iterator[tuple[str, int, str, str]]:
    """Each place where a rule reads an entry by its name: the file, the line, the table and the entry."""
    for path in list_rules(directory):
        if path.name.endswith("_test.rego") or path.relative_to(directory).parts[0] == "oversight":
            continue
        name = path.relative_to(directory).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for topic, entry in _READ.findall(line.partition("#")[0]):
                yield name, number, topic, entry


def _read_table(path: Path) -> dict[str, Any] | None:
    try:
        table = parse_table(path.read_text(encoding="utf-8"), path.name)
    except (OSError, ValueError, ConfigurationError):
        return None
    return table if isinstance(table, dict) else None


def _read_rules(directory: Path) -> list[str]:
    """The rules of each file without whole-line comments; tests are no rules."""
    paths = sorted(path for path in directory.rglob("*.rego") if not path.name.endswith("_test.rego"))
    return [_NO_CODE.sub("", path.read_text(encoding="utf-8", errors="replace")) for path in paths]


def _join_about(topic: str, rules: list[str]) -> str:
    """The rules by which an entry of this table may be read: of the files that name it, and those they name or are named by.

    Without the paths that lead into the request, or into another table: `lookback_days` there is another's.
    """
    naming = {number for number, code in enumerate(rules) if re.search(rf"\btables\.{re.escape(topic)}\b", code)}
    packages = [match[1] if (match := _PACKAGE.search(code)) else "" for code in rules]
    named = [set(_PACKAGES.findall(code)) for code in rules]
    beside = {
        number
        for number in range(len(rules))
        for other in naming
        if packages[number] in named[other] or packages[other] in named[number]
    }
    return "\n".join(_strip_elsewhere(topic, rules[number]) for number in sorted(naming | beside))


def _strip_elsewhere(topic: str, code: str) -> str:
    other = rf"(?:data\.)?tables\.(?!{re.escape(topic)}\b)[a-z_0-9]+"
    aliases = re.findall(rf"\b([a-z_0-9]+) := {other}\b", code)
    roots = "|".join(["input", other, *map(re.escape, aliases)])
    return re.sub(rf"\b(?:{roots})(?:\.[a-z_0-9]+|\[[^\]\n]*\])*", "", code)


def _find_unread(
    topic: str, table: Mapping[str, Any], known: Mapping[str, Any] | None, code: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The place of each such entry, and what it is called."""
    if known is None and not re.search(rf"\btables\.{re.escape(topic)}\b", code):
        yield (), topic
        return
    row = (known or {}).get("additionalProperties")
    if row is not None:
        names = row.get("properties", {})
        for entry, value in table.items():
            for name in value if isinstance(value, dict) else ():
                if _is_unread(name, value[name], names, code):
                    yield (entry, name), f"{entry}.{name}"
        return
    if re.search(rf"\btables\.{re.escape(topic)}\b(?!\.[a-z_])", code):
        return
    for name, value in table.items():
        if _is_unread(name, value, (known or {}).get("properties", {}), code):
            yield (name,), name


def _is_unread(name: str, value: object, names: Mapping[str, Any], code: str) -> bool:
    """Texts may be notes. A rule reads `.name` or `"name"`; a word in a sentence is none."""
    if name in names or isinstance(value, str):
        return False
    return re.search(rf'\.{re.escape(name)}\b|"{re.escape(name)}"', code) is None
