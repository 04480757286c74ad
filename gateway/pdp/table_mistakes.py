"""What is probably wrong where YAML cannot be read, and in which line: for who edits a table and knows no YAML."""

import re
from collections.abc import Callable

import yaml

from gateway.strict import QUOTES_REMEDY, TAB, TAB_REMEDY, TYPOGRAPHIC_QUOTES

_NO_SPACE = re.compile(r"\s*(?:- +)?[A-Za-z_][\w.]*:[^\s/]")
_QUOTES_WITHIN = re.compile(r"[^\"#]*[:,\[]\s+\"[^\"]*\"\w|[^\"#]*-\s+\"[^\"]*\"\w")
_BARE = re.compile(r"(\s*)[A-Za-z_][\w.-]*\s*")
_OTHER_BLANK = re.compile('^[^"#]*[\u00a0\u2000-\u200b\u202f\u3000\ufeff]')
_TWO_COLONS = re.compile(r"\s*(?:- +)?[\w.\"-]+:\s+[^\"'\[{#]*:(\s|$)")
_GENERAL = (
    "perhaps a quotation mark or a bracket above it is not closed, a text with a colon in it has no quotation marks, "
    "or a line begins too far in or out, or with a tab"
)


_NOT_CLOSED = "the bracket that begins in this line is not closed"
_NOT_PARTED = "something in the brackets of this line is not written right: commas part what is in them, as {a: 1, b: 2} or [a, b]"


def explain_mistake(text: str, mistake: yaml.YAMLError) -> tuple[int | None, str]:
    """The line to look at, None where it is not known, and what to put right there."""
    mark = getattr(mistake, "problem_mark", None)
    if mark is None:
        return None, _GENERAL
    lines = text.splitlines()
    read = lines[: mark.line + 1]
    found = find_visible(read)
    if found is not None:
        return found
    context, begun = getattr(mistake, "context", None) or "", getattr(mistake, "context_mark", None)
    if "flow" in context and begun is not None:
        is_closed = begun.line < len(lines) and _closes(lines[begun.line])
        return begun.line + 1, _NOT_PARTED if is_closed else _NOT_CLOSED
    if (bare := _find_bare(read)) is not None:
        return bare, "a colon is missing after the name in this line"
    if "mapping values" in (getattr(mistake, "problem", None) or ""):
        return (
            mark.line + 1,
            "this line begins further in than those that it belongs to, or the one above it is cut off",
        )
    return mark.line + 1, _GENERAL


def _closes(line: str) -> bool:
    """Whether as many brackets are closed in a line as begin in it."""
    return all(line.count(begin) == line.count(end) for begin, end in ("{}", "[]"))


def _find_bare(read: list[str]) -> int | None:
    """A name alone in a line, above one that begins further in, as of a block whose colon was forgotten."""
    for number in range(len(read) - 1, 0, -1):
        above, below = _BARE.fullmatch(read[number - 1]), read[number]
        if above and below.strip() and len(below) - len(below.lstrip()) > len(above[1]):
            return number
    return None


def find_visible(read: list[str]) -> tuple[int, str] | None:
    """The last line, of those that could be read and the first that could not, with a mistake that can be seen in it."""
    for number in range(len(read), 0, -1):
        line = read[number - 1]
        told = None if line.lstrip().startswith("#") else _see(line)
        if told is not None:
            return number, told
    return None


def _see(line: str) -> str | None:
    return next((told for is_so, told in _SIGNS if is_so(line)), None)


_SIGNS: tuple[tuple[Callable[[str], object], str], ...] = (
    (TAB.match, TAB_REMEDY),
    (lambda line: '"' not in line and TYPOGRAPHIC_QUOTES.search(line), QUOTES_REMEDY),
    (_OTHER_BLANK.search, "a blank in this line is none that YAML knows, as text from Word has: type it anew"),
    (lambda line: line.count('"') % 2, "a quotation mark in this line is not closed"),
    (
        lambda line: line.strip() == "{}",
        "the {} in this line says that there is nothing: take it out where there are entries",
    ),
    (_QUOTES_WITHIN.match, "quotation marks stand within quotation marks in this line: write single ones (') inside"),
    (_NO_SPACE.match, "there is no space after the colon"),
    (_TWO_COLONS.match, "the text in this line has a colon in it: put it in quotation marks"),
)
"""What can be seen in a line alone, and what to put right there."""
