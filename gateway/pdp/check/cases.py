"""Decisions as data: each case is a request in a plain sentence, and the verdict that a policy must give on it.

A case changes a little of `_base.yaml`, which is an allowed exact search. `set` replaces what is there, `add` adds what
is not, `remove` takes away; all three name places by dotted paths (`facts.target.matches.0.state`), and a path that does
not fit is an error, so that a slip of the pen never passes for a case. `expect` says the verdict, every reason in order,
and every obligation in order (its id, or as much of it as matters), for an allow the usual ones (`_base.yaml` says
which) unless said otherwise; `cites` are the approvals that an allow rests on, none unless said otherwise.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import orjson

from gateway.canonical import canonical
from gateway.model import find_member
from gateway.pdp.check.usual_obligations import read_base
from gateway.pdp.input_shape import find_unknown

_CITING = {"id": "approvals", "type": "cite_approvals"}
_WORDS = ("name", "set", "add", "remove", "input", "expect")
_LISTS = ("reasons", "obligations", "cites")
_EXPECTED = ("allow", "reasons", "obligations", "cites")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCase:
    """One request, as the canonical text an engine reads, and its verdict. `file` and `line` are where it is written."""

    topic: str
    name: str
    input_text: str = field(repr=False)
    allow: bool
    reasons: tuple[str, ...]
    obligations: tuple[Mapping[str, Any], ...]
    file: str = ""
    line: int = 0
    operation: str = ""
    usual: tuple[Mapping[str, Any], ...] | None = None
    """The usual conditions of its operation, where it begins with them."""
    usual_at: int = 0
    """The line of `_base.yaml` that says them, 0 if none does."""

    def disagreements(self, document: Mapping[str, Any]) -> list[str]:
        """What in an engine's decision document is not as this case expects; empty if all is."""
        reasons = tuple(reason["code"] for reason in document["reasons"])
        if (document["allow"], reasons) != (self.allow, self.reasons):
            return [f"it should be {_verdict(self.allow, self.reasons)}, and is {_verdict(document['allow'], reasons)}"]
        given = document["obligations"]
        if len(given) != len(self.obligations):
            return [f"its conditions should be {_names(self.obligations)}, and are {_names(given)}"]
        pairs = zip(given, self.obligations, strict=True)
        return [
            f"its condition `{wanted['id']}` should have {_members(wanted)}, and has {_members(found)}"
            for found, wanted in pairs
            if not _holds(found, wanted)
        ]


def case_of(topic: str, entry: Mapping[str, Any], base: str, *, file: str = "", line: int = 0) -> DecisionCase:
    """The case that one entry of a file describes; `base` is the text of the request that it changes.

    Raises:
        ValueError: it has a word that cases do not have, or lacks one, or a path does not fit.
    """
    _check_words(entry)
    beginning = read_base(base)
    document = entry["input"] if "input" in entry else apply_changes(orjson.loads(beginning.request), entry)
    operation = find_member(document, "operation", "name")
    expect = {
        "reasons": [],
        "obligations": ["usual"] if entry["expect"]["allow"] else [],
        "cites": [],
        **entry["expect"],
    }
    owed = beginning.expand(operation, expect["obligations"])
    return DecisionCase(
        topic=topic,
        name=entry["name"],
        input_text=canonical(document),
        allow=expect["allow"],
        reasons=tuple(sorted(expect["reasons"], key=str)),  # as a decision has them, however they are written
        obligations=(*owed, *([_CITING | {"approvals": expect["cites"]}] if expect["cites"] else [])),
        file=file,
        line=line,
        operation=str(operation),
        usual=beginning.expand(operation, ["usual"]) if "usual" in expect["obligations"] else None,
        usual_at=beginning.line,
    )


def _check_words(entry: Mapping[str, Any]) -> None:
    """A word that nobody reads would leave a case that says something else than it seems to."""
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError("a case has no `name`: the sentence that it stands for")
    stated = entry.get("expect")
    expect: Mapping[str, Any] = stated if isinstance(stated, dict) else {}
    if type(expect.get("allow")) is not bool:
        raise ValueError(f"{name}: its `expect` needs `allow: true` or `allow: false`")
    _check_lists(name, expect, _LISTS, " of `expect`")
    _check_lists(name, entry, ("remove",), "")
    for where, written, words in (("a case", entry, _WORDS), ("`expect`", expect, _EXPECTED)):
        for word in sorted(map(str, written.keys() - set(words))):
            near = get_close_matches(word, words, 1)
            meant = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(f'`{one}`' for one in words)}"
            raise ValueError(f"{name}: {where} has no `{word}`: {meant}")


def _check_lists(name: str, written: Mapping[str, Any], words: Iterable[str], where: str) -> None:
    single = next((word for word in words if not isinstance(written.get(word, []), list)), None)
    if single is not None:
        told = f"`{single}`{where} is a list: write it in brackets"
        raise ValueError(f"{name}: {told}, as `{single}: [{written[single]}]`")


def apply_changes(document: Any, entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
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


def _place(document: Any, path: str, *, present: bool) -> tuple[Any, str | int]:  # noqa: ANN401
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    try:
        for at, step in enumerate(way):
            document = document[step]
            if document is None:
                empty = ".".join(map(str, way[: at + 1]))
                raise ValueError(f"no such place: {path}; {empty} is null here: give all of it, as a JSON object")
        there = last in document if isinstance(document, dict) else int(last) < len(document)
    except (KeyError, IndexError, TypeError):
        raise ValueError(_tell_no_place(path)) from None
    if present and not there:
        raise ValueError(_tell_no_place(path))
    if there and not present:
        raise ValueError(f"already a place: {path}")
    return document, last


def _tell_no_place(path: str) -> str:
    """That there is none, with the one that was probably meant where no request has such a member."""
    found = find_unknown([step for step in path.split(".") if not step.isdigit()])
    told = f"no such place: {path}"
    if found is None:
        return told
    parents, name, known = found
    near = get_close_matches(name, known, 1)
    meant = ".".join([*parents, near[0]]) if near else None
    return f"{told}; " + (f"did you mean {meant}?" if meant else "_base.yaml shows which there are")


def _verdict(allow: bool, reasons: Iterable[str]) -> str:
    why = ", ".join(reasons)
    if allow:
        return f"allowed, with `reasons` all the same ({why})" if why else "allowed"
    return f"denied ({why or 'no `reasons` are written'})"


def _names(obligations: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(one["id"]) for one in obligations) or "none"


def _members(obligation: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in obligation.items())


def _holds(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return wanted.items() <= given.items()
