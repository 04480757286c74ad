"""Files that would silently be no part of the policy, or keep OPA from reading it, and rules where no engine looks for any."""

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.pdp.check.source import PolicyFinding

_RULES, _OVERSIGHT = "lpr", Path("oversight")
_RULE, _TEST = ".rego", "_test.rego"
_OF_OVERSIGHT = ("data.yaml", "detector.yaml", "tests.yaml")
_LIKE_YAML = re.compile(r"\.ya?ml\b", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.-]*")
_A_COPY = (
    "A file of rules has a name of letters, digits, `_` and `-`; this looks like a copy, or what an editor keeps while a file is "
    "open, and would count as rules too: move it away, or rename it."
)
_DENY = re.compile(r"^(?:default\s+)?deny\b")


def find_strays(directory: Path) -> Iterator[PolicyFinding]:
    """Each with what to do: an editor's ending or a copy beside it makes a rule or a table one that nobody reads."""
    for path in sorted((directory / "cases").rglob("*.yaml")):
        yield _find(
            directory,
            path,
            "Cases are read from the folder `cases` beside the policy, not within it: move this file there.",
        )
    for path in _list_files(directory / "tables"):
        if path.name != "data.yaml":
            yield _find(directory, path, "A table is a file `data.yaml`; this is not read.")
    yield from find_oversight_strays(directory / _OVERSIGHT)
    for path in _list_files(directory / _RULES):
        if not path.name.endswith(_RULE):
            yield _find(
                directory,
                path,
                "A rule is in a file whose name ends with `.rego`; this is not read: rename it, or move it away.",
            )
        elif _NAME.fullmatch(path.name) is None:
            yield _find(directory, path, _A_COPY)
        elif path.name.endswith(_TEST):
            yield from _find_rules(directory, path)


def find_oversight_strays(folder: Path) -> Iterator[PolicyFinding]:
    """The same of the folder of oversight, wherever it lies: a copy beside a table is none."""
    for path in _list_files(folder):
        if _LIKE_YAML.search(path.name) and path.name not in _OF_OVERSIGHT:
            told = f"Of oversight the files {', '.join(f'`{one}`' for one in _OF_OVERSIGHT)} are read; this is not: rename it, or move it away."
            name = (_OVERSIGHT / path.relative_to(folder)).as_posix()
            yield PolicyFinding(file=name, line=0, rule="load", sentence=told)


def _find_rules(directory: Path, path: Path) -> Iterator[PolicyFinding]:
    """Reasons to deny in a file of tests, which no decision reads."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    told = f"A file `…{_TEST}` holds tests alone, and no decision reads it: move this rule into the topic's own file."
    for number in (number for number, line in enumerate(lines, 1) if _DENY.match(line)):
        yield _find(directory, path, told, number)


def _list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _find(directory: Path, path: Path, sentence: str, line: int = 0) -> PolicyFinding:
    return PolicyFinding(file=path.relative_to(directory).as_posix(), line=line, rule="load", sentence=sentence)
