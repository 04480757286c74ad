"""What a courier tells those who watch: how far behind it is, what it found, and that it cannot deliver."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

FINDING_EVENT = "export.gap"
"""The type of the record that says what was found."""


class Found(StrEnum):
    """What can be wrong with what is to be shipped. The value is for records, metrics and logs."""

    CURSOR_MISSING = "cursor_missing"  # everything is shipped, perhaps again: a new sink, or a lost file
    GAP = "gap"  # records that should lie between two others are not in the ledger any more
    REPEATED = "repeated"  # a record has a sequence number that was already there
    UNREADABLE = "unreadable"  # a line that is no record: not shipped
    ROLLED_BACK = "rolled_back"  # the ledger ends before what was shipped from it: shipped anew
    REWRITTEN = "rewritten"  # the ledger has another record where one was shipped: shipped anew
    REFUSED = "refused"  # the receiver will not take these records; they are in the dead-letter file


MEANS: Mapping[Found, str] = MappingProxyType(
    {
        Found.CURSOR_MISSING: "the sink is new, or its cursor file was lost: everything is shipped, perhaps again",
        Found.GAP: "records are not in the ledger any more; the rest is shipped: run audit verify",
        Found.REPEATED: "a sequence number is there twice; shipped as it is: run audit verify",
        Found.UNREADABLE: "a line is no record; passed over: run audit verify",
        Found.ROLLED_BACK: "the ledger ends before what was shipped from it; shipped anew: the SIEM's copy is the witness",
        Found.REWRITTEN: "another record lies where one was shipped; shipped anew: the SIEM's copy is the witness",
        Found.REFUSED: "the receiver will not take these records: they are put aside, and still in the ledger",
    }
)
"""Each in a sentence, for whoever reads the log."""

LEDGER_CHANGED = frozenset({Found.GAP, Found.REPEATED, Found.UNREADABLE, Found.ROLLED_BACK, Found.REWRITTEN})
"""These say that the ledger is not what it was when it was written."""
SHIPPED_ANEW = frozenset({Found.CURSOR_MISSING, Found.ROLLED_BACK, Found.REWRITTEN})
"""After these a sink gets the past once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingFinding:
    """One thing found, in one chain (None: all), from sequence number `first` to `last` (None: not known).

    `fault` is the receiver's own word for why it refused, where it has one. `is_to_record` is False of what is only counted and logged: a record of it would be shipped, and found again.
    """

    what: Found
    chain: str | None = None
    first: int | None = None
    last: int | None = None
    fault: str | None = None
    is_to_record: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a sink is behind the ledger: age of the oldest record it was not sent, and how many those are."""

    seconds: float
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Delivery has not worked for so long. `why` is a sentence of ours, without addresses or anything of a request."""

    why: str
    seconds: float


class Watch(Protocol):
    """Told from a courier's thread; must be quick and raise nothing. `sink` is the name that settings gave."""

    def lag(self, sink: str, lag: Lag) -> None:
        """How far behind the sink is; told every few seconds."""

    def finding(self, sink: str, finding: ShippingFinding) -> None:
        """Something was found; told once for each thing."""

    def trouble(self, sink: str, trouble: Trouble | None) -> None:
        """Delivery has failed for longer than the limit (told at each try while it lasts); None: it works again, told once."""
