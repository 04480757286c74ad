"""How a request ended, in the words of each format: one table for all of them, to which the page for SIEMs is held."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.shipping.formats.event_types import REQUESTS
from gateway.shipping.formats.native import json_object
from gateway.shipping.formats.record import Record, read_text
from gateway.shipping.watch import FINDING_EVENT, Found

Word = tuple[int, str]
SUCCESS, FAILURE, UNKNOWN = "success", "failure", "unknown"
ALLOWED, DENIED, UNCERTAIN = (1, "Allowed"), (2, "Denied"), (0, "Unknown")
_ERROR = (27, "Error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """OCSF's action and disposition, ECS's types, CEF's act; `outcome` is ECS's, and OCSF's status but for "unknown"."""

    action: Word
    disposition: Word
    types: tuple[str, ...]
    outcome: str
    act: str
    is_alert: bool = False


ENDINGS: Mapping[str, Ending] = MappingProxyType(
    {
        "allow": Ending(
            action=ALLOWED, disposition=(1, "Allowed"), types=("access", "allowed"), outcome=SUCCESS, act="allow"
        ),
        "answered": Ending(
            action=ALLOWED, disposition=(1, "Allowed"), types=("access", "end"), outcome=SUCCESS, act="allow"
        ),
        "deny": Ending(
            action=DENIED, disposition=(2, "Blocked"), types=("access", "denied"), outcome=FAILURE, act="deny"
        ),
        "error": Ending(
            action=DENIED, disposition=_ERROR, types=("access", "error"), outcome=FAILURE, act="error", is_alert=True
        ),
        "failed": Ending(
            action=DENIED,
            disposition=_ERROR,
            types=("access", "end", "error"),
            outcome=FAILURE,
            act="error",
            is_alert=True,
        ),
        "interrupted": Ending(
            action=UNCERTAIN,
            disposition=_ERROR,
            types=("access", "end", "error"),
            outcome=UNKNOWN,
            act="unknown",
            is_alert=True,
        ),
    }
)
"""By the record's verdict."""
_UNHEARD_OF = Ending(action=UNCERTAIN, disposition=UNCERTAIN, types=("access",), outcome=UNKNOWN, act="unknown")


def read_ending(record: Record) -> Ending | None:
    """How the request ended that a record tells of; one with a word that nobody knows is no success. None of other records."""
    return ENDINGS.get(record.verdict or "", _UNHEARD_OF) if record.event_type in REQUESTS else None


def read_outcome(record: Record) -> str:
    """Whether what a record tells of went well: that shipping found something is no success, but for a new sink."""
    if ending := read_ending(record):
        return ending.outcome
    if record.event_type == FINDING_EVENT and read_text(record.fields, "found") != Found.CURSOR_MISSING:
        return FAILURE
    return SUCCESS


def is_narrowed(record: Record) -> bool:
    """Whether less was asked of the vendor than of the gateway; what was asked stands in what the engine read."""
    effective = record.fields.get("effective")
    asked = json_object(str(record.fields.get("input")).encode())
    query = asked.get("query") if asked else None
    if not isinstance(effective, dict) or not isinstance(query, dict):
        return record.narrowed
    window = query.get("window")
    start, end = (window.get("start"), window.get("end")) if isinstance(window, dict) else (None, None)
    pairs = (("window_start", start), ("window_end", end), ("limit", query.get("limit")))
    return any(name in effective and effective[name] != value for name, value in pairs)
