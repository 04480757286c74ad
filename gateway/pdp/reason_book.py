"""The reasons that one policy may give: the gateway's, and those that the agency declared for itself in its data.

The agency's own come with a policy revision and go with it. The table `reasons` names each code with its sentence, its
remedy, what of it is told, and what it is about. The gateway's codes stay as they are and cannot be declared anew.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.near_words import suggest_near
from gateway.pdp.tables import find_lines
from gateway.reasons import POLICY_REASONS, REASON_TOPICS, AnyReason, OwnReason, Reason, ReasonText

REASONS_FILE: Final = "tables/reasons/data.yaml"
ITSELF: Final = "itself"
ABOUT: Final = "about"
_FORBIDDEN: Final = 403
_MOST: Final = 100
_LONGEST: Final = 300
_CODE: Final = re.compile(r"[a-z][a-z_]{2,63}")
_OURS: Final[Mapping[str, Reason]] = MappingProxyType({reason.value: reason for reason in POLICY_REASONS})
_TAKEN: Final = frozenset(reason.value for reason in Reason) | {ITSELF, "none", "other", "interrupted"}
"""What no agency can call a reason of its own: our codes, and words that stand in their place in metrics and records."""
_Mistake = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonBook:
    """Every code that one policy may give; `own` are the agency's."""

    own: Mapping[str, OwnReason]

    def find(self, code: object) -> AnyReason | None:
        """The reason of this code; None for one that this policy may not give."""
        if not isinstance(code, str):
            return None
        return _OURS.get(code) or self.own.get(code)

    def suggest(self, code: object) -> str:
        """The end of a sentence on a code that this policy may not give: the one that was probably meant; empty where none is near."""
        return suggest_near(code, [*_OURS, *self.own], mark="`") if isinstance(code, str) else ""


GATEWAY_REASONS: Final = ReasonBook(own=MappingProxyType({}))
"""What a policy may give that declares no reason of its own."""


def read_reason_book(table: Json, text: str) -> ReasonBook:
    """The reasons of a policy with this table of its own ones; `text` is the file that the table was read from.

    Raises:
        ConfigurationError: with the line of everything that is not whole, or takes a code that is the gateway's.
    """
    rows = table if isinstance(table, dict) else {}
    mistakes = [mistake for code, row in rows.items() for mistake in _find_mistakes(code, row)]
    if len(rows) > _MOST:
        mistakes.append(((), f"at most {_MOST} reasons may be declared"))
    if mistakes:
        lines = find_lines(text)
        raise ConfigurationError([_tell(mistake, lines) for mistake in mistakes])
    return ReasonBook(own=MappingProxyType({code: _read(code, row) for code, row in rows.items()}))


def _find_mistakes(code: str, row: Json) -> Iterator[_Mistake]:
    if code in _TAKEN:
        yield (code,), f"`{code}` is a word of the gateway's own and stays as it is: choose another code"
    elif _CODE.fullmatch(code) is None:
        yield (code,), f"`{code}`: a code has small letters and underscores only, three to sixty-four"
    if not isinstance(row, dict):
        yield (code,), f"`{code}` needs a sentence, a remedy and told_as"
        return
    for name in ("sentence", "remedy"):
        if not _is_line(row.get(name)):
            yield (code, name), f"`{code}.{name}` must be a text of one line, of at most {_LONGEST} characters"
    told_as = row.get("told_as")
    if told_as != ITSELF and told_as not in _OURS:
        meant = suggest_near(str(told_as), [ITSELF, *_OURS], mark="`")
        yield (
            (code, "told_as"),
            f"`{code}.told_as` must be `{ITSELF}` or a code that the gateway's policies give{meant}",
        )
    yield from _find_mistakes_in_topic(code, row)


def _find_mistakes_in_topic(code: str, row: Mapping[str, Json]) -> Iterator[_Mistake]:
    """What would leave a reason without the topic that its author meant to give it."""
    for name in row:
        if name != ABOUT and difflib.get_close_matches(name.lower(), [ABOUT], n=1):
            yield (code, name), f"`{code}.{name}` is read by nothing; did you mean `{ABOUT}`?"
    if ABOUT in row and row[ABOUT] not in REASON_TOPICS:
        meant = suggest_near(str(row[ABOUT]), REASON_TOPICS, mark="`")
        yield (code, ABOUT), f"`{code}.{ABOUT}` must be one of {', '.join(REASON_TOPICS)}{meant}"


def _is_line(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= _LONGEST and value.isprintable()


def _tell(mistake: _Mistake, lines: Mapping[tuple[str | int, ...], int]) -> str:
    path, sentence = mistake
    line = lines.get(path) or lines.get(path[:1], 1)
    return f"{REASONS_FILE}, line {line}: {sentence}"


def _read(code: str, row: Json) -> OwnReason:
    """A row without mistakes."""
    said = {name: str(value) for name, value in row.items()} if isinstance(row, dict) else {}
    text = ReasonText(_FORBIDDEN, said["sentence"], said["remedy"])
    return OwnReason(value=code, text=text, told_as=_OURS.get(said["told_as"]), about=said.get(ABOUT))
