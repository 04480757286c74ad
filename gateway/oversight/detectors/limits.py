"""A detector's limits: what each must be, as the question uses it, and how they get into the question.

What is compared, reckoned with or a span of time is a number; what is looked up in is a list of words; the rest is a text.
So an agency's own detectors are held to the same as those that come with the gateway, without saying anything more.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.auditing.query_engine import quote_text
from gateway.errors import ConfigurationError
from gateway.near_words import suggest_near
from gateway.strict import VALUES_IN_WORDS, tell_given

_LIMIT = re.compile(r"\$([a-z_]+)")
_REGO_LIMIT = re.compile(r"\bdata\.oversight\.d\d\d_[a-z_]+\.([a-z_]+)\.value\b")
REGO = "detector.rego"
_MOST_DAYS = 3660
_HOURS_A_DAY = 24
_MOST_MINUTES = _MOST_DAYS * _HOURS_A_DAY * 60
_A_NUMBER = re.compile(r"\s*-?\d[\d.,' ]*\s*")
_LISTED = r"list_\w+\((?:[^()]*,\s*)?{0}|\bin\s+{0}"
_COMPARED = r"(?:[<>]=?|[-+*/])\s*{0}|\b(?:least|greatest)\([^()]*{0}|{0}\s*(?:[-+*/<>])"
_SPAN = r"\bINTERVAL\s+{0}|{0}\s+(?:PRECEDING|FOLLOWING)"
_MATCHED = r"\bregexp_\w+\([^()]*{0}"
_OF_A_CLOCK = r"\bhour\s*[<>]=?\s*{0}|DISTINCT hour\)\s*[<>]=?\s*{0}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question of a detector as its file has it: SQL or Rego, by the file's name."""

    file: str
    text: str = field(repr=False)

    def list_limits(self) -> set[str]:
        """The limits that it uses."""
        return set((_REGO_LIMIT if self.file == REGO else _LIMIT).findall(self.text))

    def is_used(self, name: str, usage: str) -> bool:
        """Whether it uses a limit so."""
        written = rf"data\.oversight\.\w+\.{name}\.value\b" if self.file == REGO else rf"\${name}\b"
        return re.search(usage.format(f"(?:{written})"), self.text, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitForm:
    """What a limit must be: `kind` as JSON Schema calls it, None where any word will do, and for a number its bounds."""

    kind: str | None
    least: int = 0
    most: int | None = None

    def find_mistake(self, value: Any) -> str | None:  # noqa: ANN401 - any value of a table
        """What is wrong with a value, as the end of a sentence about it."""
        if self.kind is None:
            wanted = "number" if isinstance(value, str) and _A_NUMBER.fullmatch(value) else None
        else:
            wanted = None if _IS[self.kind](value) else self.kind
        if wanted is not None:
            return f"must be {VALUES_IN_WORDS[wanted]}; here it is {tell_given(value)}"
        if isinstance(value, int | float) and value < self.least:
            return f"is {value}; plausible is at least {self.least}"
        if isinstance(value, int | float) and self.most is not None and value > self.most:
            return f"is {value}; plausible is at most {self.most}"
        return None


_FORMS = (
    (_LISTED, LimitForm(kind="array")),
    (_MATCHED, LimitForm(kind="string")),
    (_OF_A_CLOCK, LimitForm(kind="number", most=_HOURS_A_DAY)),
    (_SPAN, LimitForm(kind="integer", most=_MOST_MINUTES)),
    (_COMPARED, LimitForm(kind="number")),
)
"""What a limit is by how a question uses it; the first that does decides."""


def check_limits(limits: Mapping[str, Any], asked: Asked, spans: Any, place: str, lines: Mapping[Any, int]) -> None:  # noqa: ANN401
    """Hold each limit to what the question takes it for; `spans` are what the question looks back.

    Raises:
        ConfigurationError: with every mistake, at its line where that is known.
    """
    used = asked.list_limits()
    problems = [f"{place}: {asked.file} uses {name}, which data.yaml has not" for name in sorted(used - set(limits))]
    problems += [
        f"{_tell_place(place, lines.get((name,)))}: has {name}, which {asked.file} does not use"
        f"{suggest_near(name, used - set(limits))}"
        for name in sorted(set(limits) - used)
    ]
    for name, value in limits.items():
        mistake = expect(name, asked, spans).find_mistake(value)
        if mistake is not None and name in used:
            line = lines.get((name, "value"), lines.get((name,)))
            problems.append(f"{_tell_place(place, line)}: `{name}.value` {mistake}.")
    if problems:
        raise ConfigurationError(problems)


def _tell_place(place: str, line: int | None) -> str:
    return f"{place}/data.yaml" if line is None else f"{place}/data.yaml, line {line}"


def expect(name: str, asked: Asked, spans: Any) -> LimitForm:  # noqa: ANN401 - any value of a table
    """What the question takes a limit for. A share, which is called so, is of one whole."""
    if isinstance(spans, list) and name in spans:
        return LimitForm(kind="integer", least=1, most=_MOST_DAYS * (_HOURS_A_DAY if name == "hours" else 1))
    if name == "share" or name.endswith("_share"):
        return LimitForm(kind="number", most=1)
    return next((form for usage, form in _FORMS if asked.is_used(name, usage)), LimitForm(kind=None))


def fill(question: str, limits: Mapping[str, Any], place: str) -> str:
    """The question with the limits put in, as SQL literals."""
    return _LIMIT.sub(lambda match: _literal(limits[match[1]], place), question)


def _literal(value: Any, place: str) -> str:  # noqa: ANN401 - any value of a table
    """A limit as SQL. A word is of the type of words, so that it is a mistake where a number is compared, not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | list):
        raise ConfigurationError([f"{place}: a limit must be a number, a word or a list of words"])
    if isinstance(value, list):
        return f"[{', '.join(_literal(item, place) for item in value)}]::VARCHAR[]"
    return f"{quote_text(value)}::VARCHAR" if isinstance(value, str) else str(value)


_IS: Mapping[str, Callable[[Any], bool]] = {
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
}
