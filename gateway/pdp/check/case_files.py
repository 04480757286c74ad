"""Files of cases: which there are, what stands in them, and where what is wrong in them stands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from gateway.errors import ConfigurationError
from gateway.pdp.check.cases import DecisionCase, case_of
from gateway.pdp.check.source import suggest
from gateway.pdp.check.usual_obligations import read_base
from gateway.pdp.table_mistakes import explain_mistake
from gateway.strict import StrictLoader, parse_yaml, tell_not_utf_8
from gateway.unreadable import tell_all_unreadable

BASE = "_base.yaml"
_READ = "[a-z]*.yaml"
_UNREAD = (
    "a file of cases begins with a small letter and ends with `.yaml`; this is not read: rename it, or move it away"
)
_LIKE_YAML = re.compile(r"[^.~].*\.ya?ml(?:\..*)?", re.IGNORECASE)
_CASE = b"- name:"
_LINE = re.compile(r"line (\d+): (.*)", re.DOTALL)


class _CaseLoader(StrictLoader):
    """A loader for cases, which may share a block (`<<: *it`)."""

    key_tags = StrictLoader.key_tags | {"tag:yaml.org,2002:merge"}


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
    mistakes = [CaseMistake(path.name, 0, _UNREAD) for path in sorted(folder.iterdir()) if _is_unread(path)]
    cases: list[DecisionCase] = []
    for path in sorted(folder.glob(_READ)):
        try:
            cases += cases_in(path)
        except UnreadableCases as found:
            mistakes += found.mistakes
    if mistakes or (mistakes := [*_find_unused(folder, cases)]):
        raise UnreadableCases(dict.fromkeys(mistakes))
    return cases


def _find_unused(folder: Path, cases: Sequence[DecisionCase]) -> Iterator[CaseMistake]:
    """Operations that conditions are said of and no sentence is about, as one that is misspelt."""
    known = {case.operation for case in cases}
    base = read_base(_read_text(folder / BASE)) if cases else None
    for name in base.find_unused(known) if base else ():
        told = f"conditions are said of `{name}`, and no sentence is about such an operation.{suggest(name, known)}"
        yield CaseMistake(BASE, base.line if base else 0, told)


def _is_unread(path: Path) -> bool:
    """Whether a file looks like one of cases and is none, as a text of the editor's: what stands in it would protect nothing."""
    name = path.name
    if name == BASE or fnmatchcase(name, _READ):
        return False
    if path.suffix.lower() in {"", ".txt"} and path.is_file():
        return _CASE in path.read_bytes()
    return _LIKE_YAML.fullmatch(name) is not None


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
    except UnicodeDecodeError as mistake:
        raise UnreadableCases([CaseMistake(path.name, *tell_not_utf_8(mistake))]) from None
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
