"""Checking one segment by itself, line by line. Runs in a process of its own for each of many segments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
import zstandard

from gateway.ledger.heads import Head
from gateway.ledger.records.form import GENESIS, link_of
from gateway.ledger.records.outcome import needs_outcome
from gateway.ledger.segments import LONGEST_LINE, Segment, open_segment
from gateway.ledger.verification.line import BrokenLineError, check_line
from gateway.ledger.verification.report import Break, BreakReason

CLOCK_SLACK = timedelta(seconds=3)
"""Records may reach the chain as much later than they were made as a commit may take; more is a clock set back."""

_EPOCHS = ("plate_hmac_epoch", "plate_trace_epoch")


class CitedHead(NamedTuple):
    """A head that was signed, or cited by another chain: `source` says that this record has this hash."""

    chain_id: str
    seq: int
    hash: str
    source: str


class CitedCheckpoint(NamedTuple):
    """A checkpoint that a record cites: `source` says that the one of this number has this digest."""

    number: int
    digest: str
    source: str


@dataclass(slots=True)
class SegmentResult:
    """What one segment holds. `broken` is the first break, after which the rest of the segment was not read.

    `epochs` are those under whose keys plates were hashed in it, `shredded` those whose keys it says were destroyed,
    `wrapped` the digests that it says wrapped keys have, by epoch.
    """

    segment: Segment
    records: int = 0
    bytes: int = 0
    on_disk: int = 0
    before: str = GENESIS
    head: Head | None = None
    broken: Break | None = None
    unfinished: int = 0
    first_time: datetime | None = None
    latest: datetime | None = None
    times_set_back: int = 0
    set_back_line: int | None = None
    interrupted: int = 0
    open_allows: dict[str, int] = field(default_factory=dict)
    outcomes_elsewhere: set[str] = field(default_factory=set)
    citations: list[CitedHead] = field(default_factory=list)
    cited_checkpoints: list[CitedCheckpoint] = field(default_factory=list)
    epochs: set[str] = field(default_factory=set)
    shredded: set[str] = field(default_factory=set)
    wrapped: dict[str, set[str]] = field(default_factory=dict)


def check_segment(segment: Segment, marks: tuple[CitedHead, ...] = ()) -> SegmentResult:
    """Check form, sequence, links and hashes of a segment, and that what others say of its records is so."""
    result = SegmentResult(segment)
    try:
        _check_lines(result, {mark.seq: mark for mark in marks})
    except BrokenLineError as error:
        result.broken = _break(result, error.reason, error.sentence)
    except (OSError, zstandard.ZstdError):
        result.broken = _break(result, BreakReason.UNREADABLE, "the file cannot be read from here on")
    return result


def on_disk(segment: Segment) -> int:
    """Bytes that a segment takes; 0 where it has been compressed or deleted since it was listed."""
    try:
        return segment.path.stat().st_size
    except FileNotFoundError:
        return 0


def _break(result: SegmentResult, reason: BreakReason, sentence: str) -> Break:
    return Break(file=result.segment.name, line=result.records + 1, reason=reason, sentence=sentence)


def _check_lines(result: SegmentResult, marks: dict[int, CitedHead]) -> None:
    for raw in _lines(result):
        seq = result.segment.first_seq + result.records
        before = None if result.head is None else result.head.hash
        line = check_line(raw, result.segment.chain_id, seq, before)
        if before is None:
            result.before = line.link.prev
        mark = marks.get(seq)
        if mark is not None and mark.hash != line.link.hash:
            raise BrokenLineError(BreakReason.HEAD_DIFFERS, f"the record is not the one that {mark.source} holds")
        _note_time(result, line.record)
        _note_event(result, line.record)
        result.head = Head(seq, line.link.hash)
        result.records += 1
        result.bytes += len(raw) + 1


def _lines(result: SegmentResult) -> Iterator[bytes]:
    with open_segment(result.segment) as file:
        result.on_disk = on_disk(result.segment)
        while raw := file.readline(LONGEST_LINE):
            if not raw.endswith(b"\n"):
                result.unfinished = len(raw)
                return
            yield raw[:-1]


def _note_time(result: SegmentResult, record: dict[str, Any]) -> None:
    text = record.get("ts")
    try:
        instant = datetime.fromisoformat(text)  # type: ignore[arg-type] # anything but a text is caught
    except (ValueError, TypeError):
        raise BrokenLineError(BreakReason.NOT_A_RECORD, "the record's time cannot be read") from None
    result.first_time = result.first_time or instant
    if result.latest is not None and instant < result.latest:
        if result.latest - instant <= CLOCK_SLACK:
            return
        result.times_set_back += 1
        result.set_back_line = result.set_back_line or result.records + 1
    result.latest = instant


def _note_event(result: SegmentResult, record: dict[str, Any]) -> None:
    result.epochs.update(str(record[name]) for name in _EPOCHS if record.get(name))
    kind = record.get("event_type")
    if kind == "outcome":
        decision = str(record.get("decision_id"))
        if result.open_allows.pop(decision, None) is None:
            result.outcomes_elsewhere.add(decision)
        result.interrupted += record.get("outcome") == "interrupted"
    elif kind == "decision":
        if needs_outcome(record):
            result.open_allows[str(record.get("decision_id"))] = result.records + 1
    elif kind == "chain.resumed":
        source = f"{result.segment.name}:{result.records + 1}"
        result.citations += _citations(record, source)
        result.cited_checkpoints += _cited_checkpoints(record, source)
    elif kind == "epoch.shredded":
        result.shredded.add(str(record.get("epoch")))
    elif kind == "epoch.rotated" and record.get("wrapped_sha256"):
        result.wrapped.setdefault(str(record.get("epoch")), set()).add(str(record["wrapped_sha256"]))


def _citations(record: dict[str, Any], source: str) -> list[CitedHead]:
    try:
        heads = record["heads"].items()
        return [CitedHead(chain, int(head["seq"]), str(head["hash"]), source) for chain, head in heads]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BrokenLineError(BreakReason.NOT_A_RECORD, "the heads it cites cannot be read") from None


def _cited_checkpoints(record: dict[str, Any], source: str) -> list[CitedCheckpoint]:
    """None in records of earlier versions, and before the second checkpoint."""
    cited = record.get("checkpoint")
    try:
        return [] if cited is None else [CitedCheckpoint(int(cited["number"]), str(cited["digest"]), source)]
    except (KeyError, TypeError, ValueError):
        raise BrokenLineError(BreakReason.NOT_A_RECORD, "the checkpoint it cites cannot be read") from None


def hashes_at(segment: Segment, wanted: frozenset[int]) -> dict[int, str]:
    """The hashes that these records of a segment state; left out where one is not there (yet)."""
    with open_segment(segment) as file:
        lines = zip(range(segment.first_seq, max(wanted) + 1), file, strict=False)
        return {seq: _read_hash(raw) for seq, raw in lines if seq in wanted and raw.endswith(b"\n")}


def _read_hash(raw: bytes) -> str:
    try:
        record = orjson.loads(raw)
    except ValueError:
        return ""
    link = link_of(record) if type(record) is dict else None
    return link.hash if link else ""
