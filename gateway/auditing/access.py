"""Who reads the audit record, and why: nothing is given out before that is itself on record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import ConfigurationError
from gateway.ledger.records.event import EventRecorder
from gateway.model import Json
from gateway.plates import TypedPlate, normalize

_NOT_IN_PLATES = re.compile(r"[^A-Za-z0-9]")
_LONGEST_WHY = 500
_SURELY_MEANT = 4
"""Fewer characters than this may stand within a word by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One reading of the record: `reader` is the operating system's user, `why` what the auditor gives as the reason."""

    reader: str
    why: str
    recorder: EventRecorder

    def __post_init__(self) -> None:
        if not self.why.strip() or len(self.why) > _LONGEST_WHY:
            raise ConfigurationError([f"say why the record is read, in at most {_LONGEST_WHY} characters"])

    def record(self, what: str, asked: Mapping[str, Json], event_type: str = "audit.read") -> None:
        """Put this reading on record. `asked` must not hold a plate.

        Raises:
            Refusal: it cannot be recorded, so nothing may be read.
        """
        self.recorder(event_type, reader=self.reader, what=what, why=self.why, filter=dict(asked))

    def must_not_name(self, plate: TypedPlate) -> None:
        """The reason is kept in clear, so it must not hold the plate that is asked for.

        Raises:
            ConfigurationError: it does.
        """
        asked, words = normalize(plate), _NOT_IN_PLATES.split(self.why.upper())
        if asked in (words if len(asked) < _SURELY_MEANT else "".join(words)):
            raise ConfigurationError(["the plate must not be written in the reason: the reason is kept in clear"])
