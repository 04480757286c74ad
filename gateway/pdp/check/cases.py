"""Decisions as data: each case is a request in a plain sentence, and the verdict that a policy must give on it.

A case changes a little of `_base.yaml`, which is an allowed exact search. `set` replaces what is there, `add` adds what
is not, `remove` takes away; all three name places by dotted paths (`facts.target.matches.0.state`), and a path that does
not fit is an error, so that a slip of the pen never passes for a case. `expect` says the verdict, every reason in order,
and every obligation in order (its id, or as much of it as matters), for an allow the usual ones (`_base.yaml` says
which) unless said otherwise; `cites` are the approvals that an allow rests on, none unless said otherwise.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson
import yaml

from gateway.canonical import canonical
from gateway.errors import ConfigurationError
from gateway.model import find_member
from gateway.pdp.check.usual_obligations import read_base
from gateway.pdp.table_mistakes import explain_mistake
from gateway.strict import StrictLoader, parse_yaml
from gateway.unreadable import tell_all_unreadable

BASE = "_base.yaml"
_CITING = {"id": "approvals", "type": "cite_approvals"}
_WORDS = ("name", "set", "add", "remove", "input", "expect")
_READ = "[a-z]*.yaml"
_UNREAD = (
    "a file of cases begins with a small letter and ends with `.yaml`; this is not read: rename it, or move it away"
)
_LIKE_YAML = re.compile(r"[^.~].*\.ya?ml(?:\..*)?", re.IGNORECASE)
_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)
_EXPECTED = ("allow", "reasons", "obligations", "cites")


class _CaseLoader(StrictLoader):
    """A loader for cases, which may share a block (`<<: *it`)."""

    key_tags = StrictLoader.key_tags | {"tag:yaml.org,2002:merge"}


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


@dataclass(frozen=True, slots=True)
class CaseMistake:
    """What is wrong in a file of cases, at which line of it; 0 where that is not known."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"cases/{self.file}{f':{self.line}' if self.line else ''}: {self.sentence}"


class UnreadableCases(ConfigurationError):
    """Cases that cannot be read, or do not fit what they change."""

    def __init__(self, mistakes: Iterable[CaseMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__([str(mistake) for mistake in self.mistakes])


def find_cases(policies: Path) -> Path | None:
    """Where the cases of a policy folder lie: beside it, in `tests/cases` or `cases`; None where there are none."""
    places = (policies.resolve().parent / "tests" / "cases", policies.resolve().parent / "cases")
    return next((place for place in places if _is_there(place / BASE)), None)


def _is_there(path: Path) -> bool:
    """Also where this user may not look into its folder: that is told when the cases are read."""
    try:
        return path.is_file()
    except PermissionError:
        return True


def read_cases(folder: Path) -> list[DecisionCase]:
    """Every case of every file, in the order of their files.

    Raises:
        ConfigurationError: with every file that may not be read; as `UnreadableCases` with everything that does not fit.
    """
    if closed := tell_all_unreadable(folder, ".yaml"):
        raise ConfigurationError([f"cases/{sentence}" if sentence[0] != "/" else sentence for sentence in closed])
    mistakes = [
        CaseMistake(name, 0, _UNREAD) for name in sorted(path.name for path in folder.iterdir()) if _is_unread(name)
    ]
    cases: list[DecisionCase] = []
    for path in sorted(folder.glob(_READ)):
        try:
            cases += cases_in(path)
        except UnreadableCases as found:
            mistakes += found.mistakes
    if mistakes:
        raise UnreadableCases(dict.fromkeys(mistakes))
    return cases


def _is_unread(name: str) -> bool:
    """Whether a file looks like one of cases and is none: what stands in it would protect nothing."""
    return name != BASE and not fnmatchcase(name, _READ) and _LIKE_YAML.fullmatch(name) is not None


def cases_in(path: Path) -> list[DecisionCase]:
    """The cases of one file, whose name is their topic.

    Raises:
        UnreadableCases: with every case of it that does not fit, or what keeps it from being read at all.
    """
    base = _read_text(path.parent / BASE)
    try:
        read_base(base)
    except ValueError as mistake:
        raise UnreadableCases([_locate(BASE, str(mistake).removeprefix(f"{BASE}: "))]) from None
    mistakes: list[CaseMistake] = []
    cases: list[DecisionCase] = []
    for entry, line in _read_entries(path):
        try:
            cases.append(case_of(path.stem, entry, base, file=path.name, line=line))
        except (ValueError, LookupError, TypeError) as mistake:
            mistakes.append(CaseMistake(path.name, line, _tell_whose(entry, mistake)))
    if mistakes:
        raise UnreadableCases(mistakes)
    return cases


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as mistake:
        raise UnreadableCases([CaseMistake(path.name, 0, str(mistake))]) from None


def _read_entries(path: Path) -> list[tuple[Mapping[str, Any], int]]:
    """The entries of a file, each with the line that it begins on."""
    text = _read_text(path)
    try:
        entries = parse_yaml(text, _CaseLoader)
    except ValueError as mistake:
        raise UnreadableCases([_explain(path.name, text, mistake)]) from None
    if entries is None:
        raise UnreadableCases([CaseMistake(path.name, 1, "no case is in it: write one, or delete the file")])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        wanted = "a list of cases is wanted, each with a `name` and what it expects (`expect`)"
        raise UnreadableCases([CaseMistake(path.name, 1, wanted)])
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("- ")]
    tree = yaml.compose(text, yaml.CSafeLoader) if len(lines) != len(entries) else None
    if tree is not None:
        lines = [node.start_mark.line + 1 for node in tree.value]
    return list(zip(entries, lines, strict=True))


def _explain(file: str, text: str, mistake: ValueError) -> CaseMistake:
    """What keeps a file from being read, as of a table; what YAML itself finds no fault with, as its reader says it."""
    try:
        yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError as of_yaml:
        line, why = explain_mistake(text, of_yaml)
        return CaseMistake(file, line or 0, why)
    return _locate(file, str(mistake))


def _locate(file: str, told: str) -> CaseMistake:
    """A mistake that says its line in words, as a reader of YAML does, with that line as its place."""
    match = _LINE.fullmatch(told)
    return CaseMistake(file, int(match[1]), match[2]) if match else CaseMistake(file, 0, told)


def _tell_whose(entry: Mapping[str, Any], mistake: Exception) -> str:
    name, told = str(entry.get("name") or ""), str(mistake)
    return told if not name or told.startswith(name) else f"{name}: {told}"


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
        reasons=tuple(expect["reasons"]),
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
    single = [word for word in ("reasons", "obligations", "cites") if not isinstance(expect.get(word, []), list)]
    if single:
        told = f"`{single[0]}` of `expect` is a list: write it in brackets"
        raise ValueError(f"{name}: {told}, as `{single[0]}: [{expect[single[0]]}]`")
    for where, written, words in (("a case", entry, _WORDS), ("`expect`", expect, _EXPECTED)):
        for word in sorted(map(str, written.keys() - set(words))):
            near = get_close_matches(word, words, 1)
            meant = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(f'`{one}`' for one in words)}"
            raise ValueError(f"{name}: {where} has no `{word}`: {meant}")


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
        raise ValueError(f"no such place: {path}") from None
    if there is not present:
        raise ValueError(f"{'no such' if present else 'already a'} place: {path}")
    return document, last


def _verdict(allow: bool, reasons: Iterable[str]) -> str:
    why = ", ".join(reasons)
    return f"{'allowed' if allow else 'denied'}{f' ({why})' if why else ''}"


def _names(obligations: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(str(one["id"]) for one in obligations) or "none"


def _members(obligation: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in obligation.items())


def _holds(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return wanted.items() <= given.items()
