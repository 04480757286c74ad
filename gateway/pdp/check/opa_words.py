"""What OPA says of a rule that it cannot compile, in words for whoever wrote the rule."""

import re
from collections.abc import Mapping, Sequence

import yaml

from gateway.pdp.check.unknown_fields import tell_unknown_field
from gateway.pdp.table_mistakes import explain_mistake, find_visible

_PLAIN: Mapping[str, str] = {
    r"var (?P<name>\S+) is unsafe": "`{name}` is not known here: no rule or variable of that name has a value. Is it misspelt?",
    r"undefined ref: (?P<name>input\.\S+)": "The input has no `{name}`. Is it misspelt?",
    r"undefined function (?P<name>\S+)": "There is no function `{name}` here: rules and tests look at the input and the tables only.",
    r"unexpected eof token": "The file ends in the middle of a rule: is a bracket or a quotation mark not closed?",
    r"(?P<name>.*)unexpected (?P<token>\S+) (?:token|keyword).*": "This cannot be read from here on: something stands here, or just "
    "above, that does not belong, or a sign is missing (unexpected {token}).",
    r"illegal token.*": "A sign in this line is none that rules are written with. Quotation marks must be plain ones, as "
    '", not typographic ones.',
    r"illegal utf-8 character": "The file is not UTF-8 in this line: save it as UTF-8 in the editor (“Encoding”).",
    r"non-terminated expression": "A bracket that begins above this line is not closed, or is closed by one of another kind.",
    r"non-terminated string": "A quotation mark is not closed.",
}
_AFTER_UNCLOSED = re.compile(r"unexpected (?:if|contains|default|import|eof) (?:keyword|token).*")
_OPENED, _CLOSERS = re.compile(r"[^\s#].*[{(\[]$"), ("}", ")", "]")
_PAIRS = {"{": "}", "(": ")", "[": "]"}
_UNREADABLE = re.compile(r"(?:.*unexpected |non-terminated expression)")
_CAPITAL = re.compile(r"(?<![\w.])(?:If|Not|Contains|Some|In|Every|Default|Package|Import|IF|NOT)(?![\w.(])")
_TEXT = re.compile(r'"[^"\\]*"')
_LOOKED_ABOVE = 6
_METADATA = "# METADATA"
_UNKNOWN_FIELD = re.compile(r"undefined ref: (input(?:\.\w+)+)$", re.MULTILINE)


def place_plainly(message: str, row: int, lines: Sequence[str]) -> tuple[int, str]:
    """The line to look at in a file, and the sentence for what OPA says of another or the same one.

    OPA names the line that it could not read, which is that of the next rule where a bracket is not closed.
    """
    if message.startswith("yaml: "):
        return _explain_metadata(message, row, lines)
    if (capital := _find_capital(row, lines)) is not None:
        at, word = capital
        return at, f"`{word}` is written in small letters: `{word.lower()}`."
    if _UNREADABLE.match(message) and (mismatch := _find_mismatch(lines)) is not None:
        opened, closed = mismatch
        begin, end = lines[opened - 1].rstrip()[-1], lines[closed - 1][0]
        told = f"Line {opened} begins with `{begin}` what line {closed} ends with `{end}`"
        return closed if begin == "{" else opened, f"{told}: the body of a rule stands between {{ and }}."
    found = _find_unclosed(lines) if _AFTER_UNCLOSED.match(message) else None
    if found is None:
        return row, say_plainly(message)
    opened, last = found
    return last, f"Below this line a bracket is missing that closes what line {opened} opens, `{lines[opened - 1]}`."


def _find_capital(row: int, lines: Sequence[str]) -> tuple[int, str] | None:
    """A word of Rego's own with a capital, as a word processor writes it, in this line or one of the few above it."""
    for at in range(min(row, len(lines)), max(0, row - _LOOKED_ABOVE), -1):
        code = _TEXT.sub("", lines[at - 1]).partition("#")[0]
        if word := _CAPITAL.search(code):
            return at, word[0]
    return None


def _find_mismatch(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where a rule begins with a bracket, and where it ends with one of another kind; each begins or ends at the margin."""
    opened = 0
    for at, line in enumerate(lines, 1):
        if not line or line[0] in " \t#":
            continue
        if opened and line.startswith(_CLOSERS) and _PAIRS[lines[opened - 1].rstrip()[-1]] != line[0]:
            return opened, at
        opened = at if _OPENED.match(line.rstrip()) else 0
    return None


def _find_unclosed(lines: Sequence[str]) -> tuple[int, int] | None:
    """Where the first rule begins that the next one begins within, and its last line; each begins at the margin."""
    opened = 0
    at_margin = [(at, line) for at, line in enumerate(lines, 1) if line and line[0] not in " \t#"]
    for at, line in [*at_margin, (len(lines) + 1, "")]:
        if opened and not line.startswith(_CLOSERS):
            body = [n for n in range(opened, at) if lines[n - 1].strip() and not lines[n - 1].startswith("#")]
            return opened, body[-1]
        opened = at if _OPENED.match(line) else 0
    return None


def _explain_metadata(message: str, row: int, lines: Sequence[str]) -> tuple[int, str]:
    """What cannot be read in the heading above a rule, in the words for tables; both are YAML."""
    begins = row
    while begins > 1 and lines[begins - 1].strip() != _METADATA and lines[begins - 2].startswith("#"):
        begins -= 1
    ends = begins
    while ends < len(lines) and lines[ends].startswith("#"):
        ends += 1
    heading = [line[1:] for line in lines[begins:ends]]
    found: tuple[int | None, str] | None
    try:
        yaml.compose("\n".join(heading), yaml.CSafeLoader)
        found = find_visible(heading)
    except yaml.YAMLError as mistake:
        found = explain_mistake("\n".join(heading), mistake)
    line, told = found or (None, message.splitlines()[0])
    return (
        row if line is None else begins + line,
        f"The heading of the rule (METADATA) cannot be read: behind the `#`, {told}.",
    )


def find_unknown_field(message: str) -> str | None:
    """The sentence for a field that no input has, where OPA says just that."""
    match = _UNKNOWN_FIELD.match(message)
    return tell_unknown_field(match[1]) if match else None


def say_plainly(message: str) -> str:
    """The sentence for a message of OPA's; the message itself where there is none."""
    first = message.splitlines()[0] if message else ""
    if unknown := find_unknown_field(first):
        return unknown
    for form, sentence in _PLAIN.items():
        match = re.fullmatch(form, first)
        if match is not None:
            return sentence.format(**match.groupdict())
    return message
