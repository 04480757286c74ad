"""What can be said of Rego without OPA's parser: by its lines. Used where OPA is not to be had, and at every start."""

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.pdp.check.conventions import tell_package, tell_unknown_code
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.subset import OUTSIDE
from gateway.pdp.reason_book import GATEWAY_REASONS, ReasonBook

_CALL = re.compile(r"\b([a-z_]+(?:\.[a-z_0-9]+)*)\(")
_NOT = re.compile(r"^\s*not\s+(?P<what>.*?)\s*$")
_NAME = re.compile(r"^_?[a-z][a-z0-9_]*$")
_HEAD = re.compile(r"^(?:default\s+)?(?P<name>_?[a-z][a-z0-9_]*)(?=[\s(:=\[.]|$)")
_CODE = re.compile(r'"code":\s*"(?P<code>[a-z_]+)"')
_PACKAGE = re.compile(r"^package\s")
_WORDS = {"package", "import", "else"}


def plain_findings(directory: Path, reason_book: ReasonBook = GATEWAY_REASONS) -> Iterator[PolicyFinding]:
    """Calls that look outside, negations that engines judge differently, rules without heading, codes nobody knows."""
    for path in sorted(directory.rglob("*.rego")):
        if path.name.endswith("_test.rego"):
            continue
        name, lines = path.relative_to(directory).as_posix(), path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            code = _without_text(line)
            for rule, sentence in (*_calls(code), *_negations(code), *_codes(line, reason_book)):
                yield PolicyFinding(file=name, line=number, rule=rule, sentence=sentence)
        yield from _place(name, lines) if not name.startswith("oversight/") else ()
        yield from _headings(name, lines)


def _place(name: str, lines: list[str]) -> Iterator[PolicyFinding]:
    """A draft that lies in the policy's folder: its rules have the packages of those in force, and join them."""
    folder = name.rpartition("/")[0]
    for number, line in enumerate(lines, 1):
        if "/lpr/" in f"{folder}/" and _PACKAGE.match(line):
            yield PolicyFinding(file=name, line=number, rule="directory", sentence=tell_package(folder))


def _without_text(line: str) -> str:
    """The line without its comment and without what stands in quotes."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|`[^`]*`', '""', line).partition("#")[0]


def _calls(code: str) -> Iterator[tuple[str, str]]:
    for called in _CALL.findall(code):
        if called.split(".")[0] in OUTSIDE and "." in called:
            yield "builtin", f"`{called}` looks outside: a decision must depend on the input and the tables only."


def _negations(code: str) -> Iterator[tuple[str, str]]:
    negated = _NOT.match(code)
    if negated and not _NAME.match(negated["what"]):
        yield "negation", "`not` may only stand before the plain name of a rule of the same topic."


def _codes(line: str, reason_book: ReasonBook) -> Iterator[tuple[str, str]]:
    for code in _CODE.findall("" if line.lstrip().startswith("#") else line):
        if reason_book.find(code) is None:
            yield "reason", tell_unknown_code(code, reason_book)


def _headings(name: str, lines: list[str]) -> Iterator[PolicyFinding]:
    """Each rule has a comment that begins with METADATA right above its first body."""
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        head = _HEAD.match(line)
        if head is None or head["name"] in _WORDS:
            continue
        above = number - 2
        while above >= 0 and lines[above].startswith("#"):
            above -= 1
        titled = any(line.startswith("# title:") for line in lines[above + 1 : number - 1])
        if head["name"] not in seen and not titled:
            sentence = f"The rule `{head['name']}` needs METADATA with a title."
            yield PolicyFinding(file=name, line=number, rule="metadata", sentence=sentence)
        if titled:
            seen.add(head["name"])
