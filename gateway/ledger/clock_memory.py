"""What is kept of the clock between starts: the last time believed, what had surely passed, and what was set aside.

    <secrets>/clock.json    {"believed": time, "passed": time, "confirmed": {"at": time, "heads": {chain: seq}, "checkpoint": number}, "edition": 2}

Records made while the clock was wrong stay in the chains with the times they have. When an operator has confirmed the
clock (`audit confirm-clock`), those up to then no longer count as the latest time seen. What has passed is not the operator's
to say: retention goes by it. Where it was not kept, or an earlier version took it from the operator's word, it is found anew.
"""

import contextlib
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import format_instant, parse_instant
from gateway.durable import Disk, write_whole
from gateway.ledger.checkpoints.checkpoint import latest
from gateway.ledger.clock_guard import LONGEST_SILENCE
from gateway.ledger.heads import heads, last_times
from gateway.ledger.segments import Segment, chains, lines_in, segments
from gateway.ledger.slots import FileLock
from gateway.value import replace

_EDITION = 2
"""Of the file. Up to the first, a confirmation said what had passed, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """An operator's word for the clock: when, and which records and checkpoints were there by then."""

    at: datetime
    heads: dict[str, int] = field(default_factory=dict)
    checkpoint: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMemory:
    """What was kept: the last time believed, the time that had surely come by then; None where nothing was."""

    believed: datetime | None = None
    passed: datetime | None = None
    confirmed: Confirmation | None = None


def recall(secrets: Path) -> ClockMemory:
    """What is kept of the clock; nothing where the file is not there or is none of ours."""
    try:
        value: Any = orjson.loads(_place(secrets).read_bytes())
        told = value.get("confirmed")
        at = parse_instant(str(told["at"])) if told else None
        confirmed = Confirmation(at=at, heads=dict(told["heads"]), checkpoint=int(told["checkpoint"])) if at else None
        believed, passed = (parse_instant(str(value.get(name))) for name in ("believed", "passed"))
        told_by_operator = confirmed is not None and value.get("edition") != _EDITION
        return ClockMemory(believed=believed, passed=None if told_by_operator else passed, confirmed=confirmed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ClockMemory()


def remember(secrets: Path, believed: datetime, passed: datetime, disk: Disk) -> None:
    """Keep what time is believed and how much has surely passed, unless another process is at it.

    A folder that is gone is not made anew: a state that was lost must not look as if it were there.

    Raises:
        OSError: it could not be written.
    """
    lock = FileLock(secrets / "clock.lock")
    with contextlib.closing(lock):
        if lock.try_take():
            kept = recall(secrets)
            passed = max(passed, kept.passed or passed)
            _write(secrets, replace(kept, believed=max(believed, kept.believed or believed), passed=passed), disk)


def keep_confirmation(directory: Path, secrets: Path, at: datetime, disk: Disk) -> datetime:
    """Keep that the clock was confirmed: records up to now no longer say what time it was. What had passed stays, and is given.

    Raises:
        OSError: it could not be written.
    """
    found = {chain: head.seq for chain, head in heads(directory).items()}
    disk.folder(secrets)
    lock = FileLock(secrets / "clock.lock")
    with contextlib.closing(lock):
        if not lock.take(5.0):
            raise OSError("the memory of the clock is locked by another process")
        confirmed = Confirmation(at=at, heads=found, checkpoint=_last_checkpoint(directory)[0])
        passed = min(recall(secrets).passed or find_passed(directory) or at, at)
        _write(secrets, ClockMemory(believed=at, passed=passed, confirmed=confirmed), disk)
    return passed


def find_latest_seen(directory: Path, confirmed: Confirmation | None) -> datetime | None:
    """The latest time that the last records and the last checkpoint give, those before a confirmation left out."""
    aside = confirmed.heads if confirmed else {}
    times = [at for chain, (seq, at) in last_times(directory).items() if seq > aside.get(chain, 0)]
    number, at = _last_checkpoint(directory)
    times += [at] if at is not None and number > (confirmed.checkpoint if confirmed else 0) else []
    return max(times, default=None)


def find_passed(directory: Path) -> datetime | None:
    """How far the record alone shows that time went on: up to the first silence that no start would believe; None without one.

    A command records by whatever clock there is, so one record of today must not say that the time up to it has passed. Of a
    segment its first record is looked at.
    """
    found = [_first_time(item) for chain in chains(directory) for item in segments(directory, chain)]
    times = sorted({at for at in found if at is not None} | {at for _, at in last_times(directory).values()})
    together = takewhile(lambda pair: pair[1] - pair[0] <= LONGEST_SILENCE, pairwise(times))
    return max((later for _, later in together), default=times[0] if times else None)


def _first_time(segment: Segment) -> datetime | None:
    try:
        line = next(lines_in(segment), None)
        return parse_instant(str(orjson.loads(line.raw).get("ts"))) if line else None
    except (OSError, ValueError, AttributeError):  # what `verify` tells
        return None


def _last_checkpoint(directory: Path) -> tuple[int, datetime | None]:
    try:
        last = latest(directory)
    except ValueError:
        return 0, None
    return (last[0].number, parse_instant(last[0].time)) if last else (0, None)


def _write(secrets: Path, memory: ClockMemory, disk: Disk) -> None:
    times = {"believed": memory.believed, "passed": memory.passed}
    told: dict[str, Any] = {name: format_instant(at) for name, at in times.items() if at is not None}
    told["edition"] = _EDITION
    if memory.confirmed is not None:
        one = memory.confirmed
        told["confirmed"] = {"at": format_instant(one.at), "heads": one.heads, "checkpoint": one.checkpoint}
    write_whole(_place(secrets), [orjson.dumps(told)], disk)


def _place(secrets: Path) -> Path:
    return secrets / "clock.json"
