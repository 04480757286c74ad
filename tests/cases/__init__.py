"""Decisions as data: each case is a request and the verdict that the shipped policy must give, on every engine.

A case changes a little of `_base.yaml`, which is an allowed exact search. `set` replaces what is there, `add` adds what
is not, `remove` takes away; all three name places by dotted paths (`facts.target.matches.0.state`), and a path that does
not fit is an error, so that a slip of the pen never passes for a case. `expect` says the verdict, every reason in order,
and every obligation in order (its id, or as much of it as matters), for an allow the usual five unless said otherwise.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gateway.canonical import canonical

FOLDER = Path(__file__).parent
USUAL_OBLIGATIONS = ["window", "age", "target", "links", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request, as the canonical text an engine reads, and its verdict."""

    topic: str
    name: str
    input_text: str = field(repr=False)
    allow: bool
    reasons: tuple[str, ...]
    obligations: tuple[Mapping[str, Any], ...]

    def disagreements(self, document: Mapping[str, Any]) -> list[str]:
        """What in an engine's decision document is not as this case expects; empty if all is."""
        found = []
        if document["allow"] is not self.allow:
            found.append(f"allow: expected {self.allow}, got {document['allow']}")
        reasons = tuple(reason["code"] for reason in document["reasons"])
        if reasons != self.reasons:
            found.append(f"reasons: expected {self.reasons}, got {reasons}")
        given = document["obligations"]
        if len(given) != len(self.obligations) or not all(map(_holds, given, self.obligations)):
            found.append(f"obligations: expected {self.obligations}, got {given}")
        return found


def all_cases() -> list[Case]:
    """Every case of every file, in the order of their files."""
    return [case for path in sorted(FOLDER.glob("[a-z]*.yaml")) for case in cases_in(path)]


def cases_in(path: Path) -> list[Case]:
    """The cases of one file, whose name is their topic."""
    return [case_of(path.stem, entry) for entry in yaml.safe_load(path.read_text())]


def case_of(topic: str, entry: Mapping[str, Any]) -> Case:
    """The case that one entry of a file describes."""
    unknown = entry.keys() - {"name", "set", "add", "remove", "input", "expect"}
    if unknown:
        raise ValueError(f"{entry['name']}: unknown {sorted(unknown)}")
    expect = {"reasons": [], "obligations": USUAL_OBLIGATIONS if entry["expect"]["allow"] else [], **entry["expect"]}
    return Case(
        topic=topic,
        name=entry["name"],
        input_text=canonical(entry["input"] if "input" in entry else changed(base(), entry)),
        allow=expect["allow"],
        reasons=tuple(expect["reasons"]),
        obligations=tuple({"id": item} if isinstance(item, str) else item for item in expect["obligations"]),
    )


def base() -> Any:
    """A fresh copy of the allowed request that cases change."""
    return yaml.safe_load((FOLDER / "_base.yaml").read_text())


def changed(document: Any, entry: Mapping[str, Any]) -> Any:
    """The document with an entry's changes.

    Raises:
        ValueError: if `set` or `remove` names what is not there, or `add` what is.
    """
    for path, value in entry.get("set", {}).items():
        holder, key = _place(document, path, present=True)
        holder[key] = copy.deepcopy(value)
    for path in entry.get("remove", []):
        holder, key = _place(document, path, present=True)
        del holder[key]
    for path, value in entry.get("add", {}).items():
        holder, key = _place(document, path, present=False)
        holder[key] = copy.deepcopy(value)
    return document


def _place(document: Any, path: str, *, present: bool) -> tuple[Any, str | int]:
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    try:
        for step in way:
            document = document[step]
        there = last in document if isinstance(document, dict) else last < len(document)
    except (KeyError, IndexError, TypeError):
        raise ValueError(f"no such place: {path}") from None
    if there is not present:
        raise ValueError(f"{'no such' if present else 'already a'} place: {path}")
    return document, last


def _holds(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return wanted.items() <= given.items()
