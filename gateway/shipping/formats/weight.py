"""How much a record weighs: one scale for all formats, and what each of them calls its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.shipping.formats.event_types import FINDINGS
from gateway.shipping.formats.record import Record, read_text
from gateway.shipping.watch import FINDING_EVENT, Found


@dataclass(frozen=True, slots=True)
class Weight:
    """One step: OCSF's number (ECS has the same) and name, CEF's of 0 to 10, syslog's of 7 down to 0."""

    number: int
    title: str
    cef: int
    syslog: int


_ORDINARY = Weight(1, "Informational", 1, 6)
_ACT = Weight(1, "Informational", 3, 6)
"""What was done to the gateway: CEF alone tells it from a request that was answered."""
_LOW = Weight(2, "Low", 5, 5)
_MEDIUM = Weight(3, "Medium", 6, 3)
_HIGH = Weight(4, "High", 8, 3)

VERDICT_WEIGHTS: Mapping[str, Weight] = MappingProxyType(
    {
        "allow": _ORDINARY,
        "answered": _ORDINARY,
        "deny": _LOW,
        "failed": _MEDIUM,
        "interrupted": _MEDIUM,
        "error": _HIGH,
    }
)
DETECTOR_WEIGHTS: Mapping[str, Weight] = MappingProxyType({"warn": _LOW, "alert": _HIGH})
"""By a detector's word for how severe its finding is."""
FOUND_WEIGHTS: Mapping[str, Weight] = MappingProxyType(
    {
        Found.CURSOR_MISSING.value: _ACT,
        Found.GAP.value: _HIGH,
        Found.REPEATED.value: _HIGH,
        Found.UNREADABLE.value: _HIGH,
        Found.ROLLED_BACK.value: _HIGH,
        Found.REWRITTEN.value: _HIGH,
        Found.REFUSED.value: _MEDIUM,
    }
)
"""By what was found while shipping: that the ledger is not what it was weighs most."""


def weigh(record: Record) -> Weight:
    """A finding by its severity, what shipping found by its kind, a request by its verdict; all else is an act."""
    word, weights = record.verdict, VERDICT_WEIGHTS
    if record.event_type in FINDINGS:
        word, weights = record.detector_severity, DETECTOR_WEIGHTS
    elif record.event_type == FINDING_EVENT:
        word, weights = read_text(record.fields, "found"), FOUND_WEIGHTS
    return weights.get(word or "", _ACT)
