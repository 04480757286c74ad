"""What is probably wrong where YAML cannot be read, and in which line: for who edits a table and knows no YAML."""

import re
from collections.abc import Callable

import yaml

from gateway.strict import QUOTES_REMEDY, TAB, TAB_REMEDY, TYPOGRAPHIC_QUOTES

_NO_SPACE = re.compile(r"\s*(?:- +)?[A-Za-z_][\w.]*:[^\s/]")
_TWO_COLONS = re.compile(r"\s*(?:- +)?[\w.\"-]+:\s+[^\"'\[{#]*:(\s|$)")
_GENERAL = (
    "perhaps a quotation mark or a bracket above it is not closed, a text with a colon in it has no quotation marks, "
    "or a line begins too far in or out, or with a tab"
)


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
        return begun.line + 1, "the bracket that begins in this line is not closed"
    if "mapping values" in (getattr(mistake, "problem", None) or ""):
        return (
            mark.line + 1,
            "this line begins further in than those that it belongs to, or the one above it is cut off",
        )
    return mark.line + 1, _GENERAL


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
    (lambda line: line.count('"') % 2, "a quotation mark in this line is not closed"),
    (
        lambda line: line.strip() == "{}",
        "the {} in this line says that there is nothing: take it out where there are entries",
    ),
    (_NO_SPACE.match, "there is no space after the colon"),
    (_TWO_COLONS.match, "the text in this line has a colon in it: put it in quotation marks"),
)
"""What can be seen in a line alone, and what to put right there."""
