"""The words of a detector's limits that are of a closed vocabulary, by what its question holds them against.

A word that is in no vocabulary is found in nothing, so one wrong letter makes a detector blind and nothing shows it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.near_words import suggest_near
from gateway.oversight.detectors.limits import Asked
from gateway.oversight.reconciliation.reconcile import CLASSES
from gateway.oversight.table_forms import ROLES, find_line

TRAITS, PURPOSE, REASONS = "traits", "purpose", "reasons"
_COLUMNS = (TRAITS, PURPOSE, REASONS, "roles", "decision", "verdict", "class")
_VERDICTS: Final = ("allow", "deny", "error")
_CLOSED: Final[Mapping[str, tuple[str, Iterable[str]]]] = {
    "roles": ("role of users.csv", ROLES),
    "decision": ("decision", _VERDICTS),
    "verdict": ("verdict", _VERDICTS),
    "class": ("class of a reconciliation", CLASSES),
}
"""What a word is none of, and which there are, where the gateway alone says so."""
_IN_SQL = (
    r"\b{column}\b(?:\s*,\s*''\s*\))?\s*(?:,\s*(?:lambda\s+\w+\s*:\s*(?:NOT\s+)?\w+\(\s*)?|(?:<>|!?=)\s*(?:ANY\s*\(\s*)?|"
    r"(?:NOT\s+)?IN\s+){{0}}|{{0}}\s*,\s*(?:\w+\(\s*)?(?:\w+\.)?{column}\b"
)
_IN_REGO = (
    r"\binput\.search\.{column}\b(?:\[\w+\])?\s*(?:[!=]=|\bin\b)\s*{{0}}|"
    r"\bsome\s+(\w+)\s+in\s+input\.search\.{column}\b[^}}}}]*?\b\1\s+in\s+{{0}}|"
    r"\bsome\s+(\w+)\s+in\s+{{0}}[^}}}}]*?(?:\b\2\s+(?:in|==)\s+input\.search\.{column}\b|\binput\.search\.{column}\s+==\s+\2\b)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWord:
    """A word of a limit, where it stands, and the column of searches that the question looks for it in."""

    file: str
    line: int | None
    limit: str
    column: str
    word: str

    @property
    def place(self) -> str:
        """The file, with the line where that is known."""
        return self.file if self.line is None else f"{self.file}, line {self.line}"

    def tell_unknown(self, no_what: str, known: Iterable[str]) -> str:
        """That it is none of those known, and which one was probably meant."""
        told = f"{self.place}: `{self.limit}.value` names {self.word}, which is no {no_what}"
        return f"{told}{suggest_near(self.word, known)}"


def list_words(
    limits: Mapping[str, Any], asked: Asked, place: str, lines: Mapping[tuple[int | str, ...], int]
) -> tuple[ListedWord, ...]:
    """Every word of limits that the question holds against a column whose words are of a closed vocabulary."""
    form = _IN_SQL if asked.file.endswith(".sql") else _IN_REGO
    return tuple(
        ListedWord(file=f"{place}/data.yaml", line=find_line(lines, path), limit=name, column=column, word=word)
        for name, value in limits.items()
        for column in _COLUMNS
        if isinstance(value, str | list) and asked.is_used(name, form.format(column=column))
        for path, word in _words_of(name, value)
    )


def _words_of(name: str, value: str | list[Any]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if isinstance(value, str):
        yield (name, "value"), value
    else:
        yield from (((name, "value", number), word) for number, word in enumerate(value) if isinstance(word, str))


def find_unknown(words: Iterable[ListedWord], topics: frozenset[str] | None) -> list[str]:
    """A sentence for each word that can be none; `topics` are the codes of written reasons, None where they cannot be read.

    Purposes and reasons are the policy's, and were others before: of those nothing is said here.
    """
    closed = dict(_CLOSED)
    if topics is not None:
        closed[TRAITS] = ("code of oversight/reasons", topics)
    return [
        one.tell_unknown(*closed[one.column])
        for one in words
        if one.column in closed and one.word not in closed[one.column][1]
    ]
