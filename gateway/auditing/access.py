"""Who reads the audit record, and why: nothing is given out before that is itself on record."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.errors import ConfigurationError
from gateway.kept_words import tell_plates
from gateway.ledger.records.event import EventRecorder
from gateway.model import Json
from gateway.plates import WILDCARD, TypedPlate, in_clear, normalize

_NOT_IN_PLATES = re.compile(r"[^A-Za-z0-9]")
_TYPED = frozenset({"case", "person", "decision_id", "purpose", "reason", "event_type"})
"""What of a question is written as somebody typed it."""
_LONGEST_WHY = 500
_SURELY_MEANT = 4
"""Fewer characters than this may stand within a word by chance."""


def _nothing_known(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One reading of the record: `reader` is the operating system's user, `why` what the auditor gives as the reason.

    `is_known` says whether facts or the record itself have an id, as a case number that looks like a plate.
    """

    reader: str
    why: str
    recorder: EventRecorder
    is_known: Callable[[str], bool] = _nothing_known

    def __post_init__(self) -> None:
        if not self.why.strip() or len(self.why) > _LONGEST_WHY:
            raise ConfigurationError([f"say why the record is read, in at most {_LONGEST_WHY} characters"])

    def record(self, what: str, asked: Mapping[str, Json], event_type: str = "audit.read") -> None:
        """Put this reading on record. `asked` must not hold a plate.

        What may be one is withheld: it is on record that such an id was asked for, and not which, before the refusal says
        that it is known nowhere.

        Raises:
            ConfigurationError: something in it may be one.
            Refusal: it cannot be recorded, so nothing may be read.
        """
        doubtful = [name for name in sorted(_TYPED & asked.keys()) if self.may_be_plate(asked[name])]
        kept = {name: True if name in doubtful else value for name, value in asked.items()}
        self.recorder(event_type, reader=self.reader, what=what, why=self.why, filter=kept)
        if doubtful:
            raise ConfigurationError([_refuse_plate(name) for name in doubtful])

    def may_be_plate(self, value: Json) -> bool:
        """Whether an id that would be kept in clear looks like a plate and is known nowhere."""
        return isinstance(value, str) and tell_plates(value) is not None and not self.is_known(value)

    def must_not_name(self, plate: TypedPlate) -> None:
        """The reason is kept in clear, so it must not hold the plate that is asked for, nor what is known of one.

        Raises:
            ConfigurationError: it does.
        """
        words = _NOT_IN_PLATES.split(self.why.upper())
        pieces = [piece for piece in in_clear(normalize(plate)).split(WILDCARD) if piece]
        telling = [piece for piece in pieces if len(piece) > 1] or pieces  # of a part, "A" alone is a word
        if any(piece in (words if len(piece) < _SURELY_MEANT else "".join(words)) for piece in telling):
            raise ConfigurationError(["the plate must not be written in the reason: the reason is kept in clear"])


def _refuse_plate(name: str) -> str:
    """Why an id that looks like a plate is not taken; the id is not repeated."""
    if name == "decision_id":
        return "a decision is named by its whole id, 36 characters as a refusal or search gives them"
    told = "this looks like a plate, and what is asked for here is kept in clear. `audit search --plate` asks for one"
    return f"{name}: {told}; an id that looks so is taken where facts or records have it"
