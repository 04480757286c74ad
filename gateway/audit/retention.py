"""Letting go of old segments: recorded, signed into a checkpoint, then deleted, so that what stays still verifies."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from gateway.audit.checkpoint import Deleted
from gateway.audit.disk import Disk
from gateway.audit.event import Body, admin_record
from gateway.audit.form import link_of
from gateway.audit.segments import Segment, chains, lines_in, read_records, segments
from gateway.clock import parsed


@dataclass(frozen=True, slots=True)
class Expired:
    """A segment that may go, and the run of records that goes with it."""

    segment: Segment
    run: Deleted


def active_holds(directory: Path) -> frozenset[str]:
    """The cases for which `hold.placed` was recorded and not `hold.released` since."""
    events: list[tuple[str, str, bool]] = []
    for line in read_records(directory):
        if b'"event_type":"hold.' in line.raw:
            record: dict[str, Any] = orjson.loads(line.raw)
            events.append((record["ts"], str(record.get("case_number")), record["event_type"] == "hold.placed"))
    return frozenset({case for case, placed in {case: placed for _, case, placed in sorted(events)}.items() if placed})


def expired(
    directory: Path, *, before: datetime, holds: Collection[str], shipped: Mapping[str, int] | None = None
) -> list[Expired]:
    """Segments whose records are all older than `before`, name no held case, and were shipped.

    The last segment of a chain never is among them: the chain goes on from it. `shipped` gives the last seq of each
    chain that every sink has; None where nothing is shipped.
    """
    found = []
    for chain in chains(directory):
        files = segments(directory, chain)
        for segment, successor in pairwise(files):
            begun = _first(successor)
            time = parsed(str(begun.get("ts"))) if begun else None
            link = link_of(begun) if begun else None
            if time is None or link is None or time >= before:
                break
            gone = shipped is None or shipped.get(chain, 0) >= successor.first_seq - 1
            if gone and not _names_any(segment, holds):
                run = Deleted(chain, segment.first_seq, successor.first_seq - 1, link.prev)
                found.append(Expired(segment, run))
    return found


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
    for item in items:
        record(_recorded(item, days))
    checkpoint([item.run for item in items])
    for item in items:
        disk.remove(item.segment.path)
    for folder in {item.segment.path.parent for item in items}:
        disk.sync_folder(folder)


def cutoff(days: int, now: datetime) -> datetime:
    """Records before this instant need not be kept."""
    return now - timedelta(days=days)


def idle_chains(directory: Path, *, before: datetime) -> list[str]:
    """Chains whose last segment has only old records, because nobody has opened them for so long."""
    return [chain for chain in chains(directory) if (last := _last_time(directory, chain)) and last < before]


def _recorded(item: Expired, days: int) -> Body:
    run = item.run
    return admin_record(
        "segment.deleted",
        segment=item.segment.name,
        first_seq=run.first_seq,
        last_seq=run.last_seq,
        last_hash=run.last_hash,
        retention_days=days,
    )


def _first(segment: Segment) -> dict[str, Any] | None:
    line = next(lines_in(segment), None)
    return None if line is None else orjson.loads(line.raw)


def _last_time(directory: Path, chain: str) -> datetime | None:
    last = None
    for line in lines_in(segments(directory, chain)[-1]) if segments(directory, chain) else ():
        last = line.raw
    return parsed(str(orjson.loads(last).get("ts"))) if last else None


def _names_any(segment: Segment, holds: Collection[str]) -> bool:
    wanted = [b'"case_number":' + orjson.dumps(case) for case in holds]
    return bool(wanted) and any(any(item in line.raw for item in wanted) for line in lines_in(segment))
