"""What is probably wrong where YAML cannot be read, and in which line: for who edits a table and knows no YAML."""

import re

import yaml

_TAB = re.compile(r" *\t")
_NO_SPACE = re.compile(r"\s*[A-Za-z_][\w.]*:[^\s/]")
_TWO_COLONS = re.compile(r"\s*[\w.\"-]+:\s+[^\"'\[{#]*:(\s|$)")
_CURLY = re.compile("[\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}]")
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
    found = _find_in_lines(read)
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


def _find_in_lines(read: list[str]) -> tuple[int, str] | None:
    """The last line, of those that could be read and the first that could not, with a mistake that can be seen in it."""
    for number in range(len(read), 0, -1):
        line = read[number - 1]
        told = None if line.lstrip().startswith("#") else _see(line)
        if told is not None:
            return number, told
    return None


def _see(line: str) -> str | None:
    if _TAB.match(line):
        return "this line begins with a tab: begin it with spaces"
    if _CURLY.search(line) and '"' not in line:
        return 'the quotation marks in this line are typographic ones: write plain ones, as "'
    if line.count('"') % 2:
        return "a quotation mark in this line is not closed"
    if _NO_SPACE.match(line):
        return "there is no space after the colon"
    if _TWO_COLONS.match(line):
        return "the text in this line has a colon in it: put it in quotation marks"
    return None
