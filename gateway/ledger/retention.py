"""Letting go of old segments: recorded, signed into a checkpoint, then deleted, so that what stays still verifies."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import parse_instant
from gateway.durable import Disk
from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.records.form import link_of
from gateway.ledger.repeated_deletions import find_repeated
from gateway.ledger.segments import Line, Segment, chains, lines_in, read_records, segment_path, segments

HOLD = b'"event_type":"hold.'
"""What the line of a record of a hold holds."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A segment that may go, and the run of records that goes with it."""

    segment: Segment
    run: Deleted


def active_holds(directory: Path) -> frozenset[str]:
    """The cases for which `hold.placed` was recorded and not `hold.released` since.

    Raises:
        OSError: not all of the record can be read; then nobody knows that there are no more.
    """
    return find_held(orjson.loads(line.raw) for line in read_records(directory) if HOLD in line.raw)


def find_held(records: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The cases that are held by these records of holds."""
    events = [record for record in records if str(record["event_type"]).startswith("hold.")]
    events.sort(key=lambda record: record["ts"])  # stable: what one chain says in one millisecond stays in order
    placed = {str(record.get("case_number")): record["event_type"] == "hold.placed" for record in events}
    return frozenset(case for case, is_held in placed.items() if is_held)


def find_expired(
    directory: Path, *, before: datetime, holds: Collection[str], shipped: Mapping[str, int] | None = None
) -> list[Expired]:
    """Segments whose records are all older than `before`, name no held case, and were shipped.

    The last segment of a chain never is among them: the chain goes on from it. `shipped` gives the last seq of each
    chain that every sink has; None where nothing is shipped.
    """
    found = []
    for chain in chains(directory):
        for segment, successor in pairwise(segments(directory, chain)):
            begun = _record(next(lines_in(successor), None))
            link = link_of(begun)
            if link is None or not _is_older(segment, begun, before):
                break
            gone = shipped is None or shipped.get(chain, 0) >= link.seq - 1
            if gone and not _names_any(segment, holds):
                own = link_of(_record(next(lines_in(segment), None)))
                run = Deleted(chain, segment.first_seq, link.seq - 1, link.prev, own.prev if own else None)
                found.append(Expired(segment, run))
    return found


def _is_older(segment: Segment, following: Mapping[str, Any], before: datetime) -> bool:
    """Whether all of a segment is older: surely if what follows it is; else its own last record must tell."""
    time = parse_instant(str(following.get("ts")))
    return (time is not None and time < before) or _last_time(segment) < before


def retire(
    items: Sequence[Expired],
    *,
    days: int,
    record: Callable[[Body], object],
    checkpoint: Callable[[Sequence[Deleted]], object],
    disk: Disk,
) -> None:
    """Record the deletion of these segments, have it signed, then delete them.

    Interrupted anywhere, it is simply done again: nothing is deleted that was not recorded and signed before.

    Raises:
        Refusal, OSError, ValueError: it could not be recorded, signed or done; the rest stays.
    """
    if not items:
        return
    going = [item.segment for item in items]
    for run in find_repeated(going[0].path.parents[1], going):
        record(_record_retirement(run, segment_path(Path(), run.chain_id, run.first_seq).as_posix(), days, again=True))
    for item in items:
        record(_record_retirement(item.run, item.segment.name, days))
    checkpoint([item.run for item in items])
    for item in items:  # the oldest first, each surely: what an interruption leaves still links to what follows it
        disk.remove(item.segment.path)
        disk.sync_folder(item.segment.path.parent)


def cutoff(days: int, now: datetime) -> datetime:
    """Records before this instant need not be kept."""
    return now - timedelta(days=days)


def idle_chains(directory: Path, *, before: datetime) -> list[str]:
    """Chains whose last segment has only old records, because nobody has opened them for so long."""
    last = [segments(directory, chain)[-1:] for chain in chains(directory)]
    return [segment.chain_id for (segment,) in filter(None, last) if _last_time(segment) < before]


def _record_retirement(run: Deleted, segment: str, days: int, *, again: bool | None = None) -> Body:
    return admin_record(
        "segment.deleted",
        segment=segment,
        first_seq=run.first_seq,
        last_seq=run.last_seq,
        last_hash=run.last_hash,
        before_hash=run.before,
        retention_days=days,
        again=again,
    )


def _record(line: Line | None) -> dict[str, Any]:
    return {} if line is None else orjson.loads(line.raw)


def _last_time(segment: Segment) -> datetime:
    """When its last record was made; in doubt, never old."""
    last = None
    for line in lines_in(segment):
        last = line
    return parse_instant(str(_record(last).get("ts"))) or datetime.max.replace(tzinfo=UTC)


def _names_any(segment: Segment, holds: Collection[str]) -> bool:
    """Also a reading of the record names the case that was asked for, as its filter's `case`."""
    wanted = [name + orjson.dumps(case) for case in holds for name in (b'"case_number":', b'"case":')]
    return bool(wanted) and any(any(item in line.raw for item in wanted) for line in lines_in(segment))
