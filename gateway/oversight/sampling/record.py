"""What the ledger says of samples, and whether a seed was promised in time: before its period, under a signed checkpoint."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.source import LedgerTable
from gateway.clock import parse_instant
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import Checkpoint, note_files, parse_checkpoint, read_stored_notes
from gateway.ledger.checkpoints.note import parse

PROMISED, DRAWN, REVIEWED = "sample.committed", "sample.drawn", "sample.reviewed"
_SEED = re.compile(r"[0-9a-f]{64}")
_FORMS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    PROMISED: {
        "name": lambda value: isinstance(value, str),
        "since": lambda value: parse_instant(str(value)) is not None,
        "until": lambda value: parse_instant(str(value)) is not None,
        "promise": lambda value: isinstance(value, str),
        "per_office_and_week": lambda value: isinstance(value, int),
        "percent": lambda value: isinstance(value, int | float),
    },
    DRAWN: {
        "name": lambda value: isinstance(value, str),
        "seed": lambda value: isinstance(value, str) and _SEED.fullmatch(value) is not None,
        "decision_ids": lambda value: isinstance(value, list),
    },
    REVIEWED: {"name": lambda value: isinstance(value, str), "decision": lambda value: isinstance(value, str)},
}
"""What each record must tell: in a copy that somebody made it may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """One record about a sample: what it tells, when it was written, and its place."""

    told: dict[str, Any]
    at: datetime
    chain_id: str
    seq: int


def read_samples(source: LedgerTable, event_type: str, name: str | None = None) -> list[SampleRecord]:
    """The records of this type about the sample of this name, or about all, oldest first.

    Raises:
        ConfigurationError: one of them does not tell what it must.
    """
    rows = source.ask(
        "SELECT oversight, ts, chain_id, seq FROM records WHERE event_type = ? ORDER BY ts, seq", [event_type]
    )
    found = [
        SampleRecord(told=_read(told, event_type), at=at.replace(tzinfo=UTC), chain_id=chain_id, seq=seq)
        for told, at, chain_id, seq in rows
    ]
    return [item for item in found if name in (None, item.told["name"])]


def _read(text: str | None, event_type: str) -> dict[str, Any]:
    told = orjson.loads(text or "null")
    if not isinstance(told, dict) or not all(
        name in told and is_so(told[name]) for name, is_so in _FORMS[event_type].items()
    ):
        raise ConfigurationError(
            [f"a record {event_type} of this ledger does not tell what it must: run `audit verify`"]
        )
    return told


def find_overlap(since: datetime, until: datetime, promised: Iterable[SampleRecord]) -> str | None:
    """The name of a sample whose period is partly the same.

    Who had several seeds for one period could show the one that draws what suits, and forget the others.
    """
    for item in promised:
        begins, ends = _instant(item, "since"), _instant(item, "until")
        if since < ends and begins < until:
            return str(item.told["name"])
    return None


def check_promise(promised: SampleRecord, directory: Path) -> list[str]:
    """Whether a promise was on record, and under a signed checkpoint, before its period began; what is wrong with it."""
    since = _instant(promised, "since")
    if promised.at >= since:
        return ["the seed was promised when the period had begun"]
    first = _first_over(promised, directory)
    signed = None if first is None else parse_instant(first.time)
    if signed is None:
        return ["no checkpoint holds the promise"]
    return (
        [] if signed < since else ["the first checkpoint that holds the promise was signed when the period had begun"]
    )


def _first_over(record: SampleRecord, directory: Path) -> Checkpoint | None:
    for path in note_files(directory):
        for stored in read_stored_notes(path):
            if stored.whole is None:
                continue
            checkpoint = parse_checkpoint(parse(stored.whole).text)
            head = checkpoint.heads.get(record.chain_id)
            if head is not None and head.seq >= record.seq:
                return checkpoint
    return None


def _instant(record: SampleRecord, name: str) -> datetime:
    found = parse_instant(str(record.told[name]))
    if found is None:
        raise ValueError("a period on record cannot be read")
    return found
