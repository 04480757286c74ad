"""Text that can be read in one way only: JSON and YAML in which nothing stands twice. Imports nothing else of the gateway.

Two readers of an accepted text cannot disagree on what it says. What else may be in it is for whoever asked.
"""

import codecs
import json
import re
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, Final, NoReturn

import yaml

_WORD = "tag:yaml.org,2002:str"
_SHOWN = 60
TYPOGRAPHIC_QUOTES = re.compile(
    "[\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}]"
)
TAB = re.compile(r" *\t")
TAB_REMEDY = "this line begins with a tab: begin it with spaces"
QUOTES_REMEDY = 'the quotation marks in this line are typographic ones: write plain ones, as "'

VALUES_IN_WORDS: Mapping[str, str] = {
    "number": "a number in digits, as 12 or 0.5, without quotes or commas",
    "integer": "a whole number in digits, as 12, without quotes or commas",
    "string": "a text, in quotes",
    "boolean": "true or false, without quotes",
    "array": "a list, as [one, two]",
    "object": "a block of named values",
}
"""What a value must be, by its type in JSON Schema, for whoever edits a table and knows no types."""
_ENDLESS = ("Illegal character '\\n'", "Unterminated string", 'Expected "\'"')
"""How the library begins to say that a text in quotation marks does not end before its line does."""
UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How a file begins that an editor or a spreadsheet saved as “Unicode”."""
_SHOWN_BEFORE = 30
"""So many letters before the first wrong byte are shown, and none of what follows."""
MARK_REMEDY: Final = (
    "the file begins with a byte order mark, which no engine reads: save it as “UTF-8” and not as “UTF-8 with BOM”"
)
_SAVE_AS_UTF_8 = "save the file as UTF-8 in the editor (“Encoding”)"
_NOT_CLOSED = "a closing quotation mark is missing"


class RepeatedName(ValueError):
    """A JSON object names something twice: `name`."""

    def __init__(self, name: str) -> None:
        super().__init__("a name is given twice")
        self.name = name


def parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value of a JSON text.

    Raises:
        RepeatedName: a name stands twice in an object, at any depth.
        ValueError: anything else that is not JSON: NaN and infinities, trailing data, lone surrogates.
        RecursionError: nested too deeply.
    """
    value = _DECODER.decode(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    return value


def tell_given(value: object) -> str:
    """A value as it was given, cut where it is long; a text is said to be one, for a number may stand in it."""
    return f"the text {value[:_SHOWN]}" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:_SHOWN]


def tell_toml_mistake(text: str, mistake: Exception) -> str:
    """Why a TOML text cannot be read; where marks of a word processor are the reason, that, by its line."""
    for number, line in enumerate(text.splitlines(), 1):
        if TYPOGRAPHIC_QUOTES.search(line.partition("#")[0]) and '"' not in line:
            return f"line {number}: {QUOTES_REMEDY}"
    return f"{mistake}: {_NOT_CLOSED}" if str(mistake).startswith(_ENDLESS) else str(mistake)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set[str]()
        for name, _ in pairs:  # each looked at once: a body may hold a hundred thousand of them
            if name in seen:
                raise RepeatedName(name)
            seen.add(name)
    return members


def _not_json(_constant: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_not_json)


class StrictLoader(yaml.CSafeLoader):
    """The safe loader on libyaml, ten times as quick as the one in Python, with words for keys, each once: YAML itself forbids the second, and PyYAML lets it pass."""

    key_tags: ClassVar = frozenset({_WORD})
    """What a key may be: a word, and for who lets blocks be merged the sign that does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys are words, each given once."""
        seen: set[str] = set()
        for key, _value in node.value:
            if key.tag not in self.key_tags or key.value in seen:
                told = _tell_key(key, is_repeated=key.tag in self.key_tags)
                raise yaml.constructor.ConstructorError(None, None, told, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _tell_key(key: yaml.Node, *, is_repeated: bool) -> str:
    """What is wrong with this key, by its own name where it has one."""
    if not isinstance(key, yaml.ScalarNode):
        return "a list or a block cannot be a name; a name is a word"
    name = f"the name `{key.value[:_SHOWN]}`"
    if is_repeated:
        return f"{name} is given twice in one block: leave one of the two"
    comma = ", or write a point where its comma begins a fraction" if key.value.isdigit() else ""
    return f"{name} is no word: put it in quotation marks{comma}"


def parse_yaml(text: str, loader: type[yaml.CSafeLoader] = StrictLoader) -> Any:  # noqa: ANN401 - any YAML value
    """The one document of a YAML text.

    Raises:
        ValueError: for what is not YAML, or has a key twice, naming the line.
    """
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - derived from the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        told = TAB_REMEDY if TAB.match(_find_line(text, line)) else error.problem or "this cannot be read"
        raise ValueError(f"line {line}: {told}") from None
    except (yaml.YAMLError, ValueError, TypeError):
        raise ValueError("line 1: this cannot be read") from None


def _find_line(text: str, number: int) -> str:
    """The line of this number; none where the text ends before it, as a mistake found at its very end says."""
    return next(iter(text.splitlines()[number - 1 :]), "")


def tell_not_utf_8(error: UnicodeDecodeError) -> tuple[int, str]:
    """The line of the first byte that is no UTF-8, and a sentence with what is there and what to do."""
    content = error.object
    if content.startswith(UTF_16_MARKS):
        return 1, f"the file is UTF-16 (“Unicode”), not UTF-8: {_SAVE_AS_UTF_8}"
    before = content[: error.start]
    line = before.count(b"\n") + 1
    shown = before.rpartition(b"\n")[2].decode()[-_SHOWN_BEFORE:].strip()
    after = f" behind “{shown}”" if shown else ""
    told = f"the byte {content[error.start]:#04x}{after} is no UTF-8, as in a file saved as Windows or Latin-1 text"
    return line, f"{told}: {_SAVE_AS_UTF_8}"
