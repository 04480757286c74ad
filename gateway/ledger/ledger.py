"""The ledger: `record` returns when a record is on the disk, in its place in a chain, or refuses.

One `Ledger` is one process's hold on one chain (`w0`, `w1`, … for workers, `cli` for commands), opened after fork.
After any error of the disk it is dead: it refuses everything, says so once, and the process should end.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.clock import now
from gateway.durable import Disk, RealDisk
from gateway.errors import Refusal
from gateway.ledger.alarms import Alarm, Observer, Quiet
from gateway.ledger.chain import Chain, SegmentLimits
from gateway.ledger.checkpoints.checkpoint import cite_checkpoint
from gateway.ledger.checkpoints.keys import origin
from gateway.ledger.commit import GroupCommit
from gateway.ledger.heads import EMPTY, Head, cite_heads
from gateway.ledger.records.event import Body, Sensitive, admin_record
from gateway.ledger.records.form import Link
from gateway.ledger.records.outcome import make_interrupted_outcome, needs_outcome, not_acted_on
from gateway.ledger.recovery import OPEN, OPENING, Resumption, find_interrupted, make_closed_mark, resume
from gateway.ledger.sealing import Entry, Protection, Sealing
from gateway.ledger.slots import FileLock, take_slot
from gateway.ledger.space import Space, Watermarks
from gateway.reasons import Reason
from gateway.value import Value

COMMAND_SLOTS = ("cli",)


def worker_slots(workers: int) -> tuple[str, ...]:
    """The chains of a gateway with so many workers."""
    return tuple(f"w{number}" for number in range(workers))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """How long a commit and a free slot are waited for (seconds), when segments end, and how full the disk may get."""

    commit_s: float = 2.0
    slot_s: float = 5.0
    segment: SegmentLimits
    watermarks: Watermarks


class Recorded(Value, frozen=True, kw_only=True):
    """A record that is on the disk; `size` in bytes, less its place in its chain."""

    link: Link
    event_id: str
    size: int


class Ledger:
    """Made by `open_ledger`. `record` may be called by many threads.

    `found_interrupted` are the decisions that a crash before this opening had cut off, by their ids.
    """

    found_interrupted: tuple[str, ...] = ()

    def __init__(
        self,
        chain: Chain,
        lock: FileLock,
        space: Space,
        *,
        protection: Protection | None,
        options: LedgerOptions,
        observer: Observer,
        clock: Callable[[], datetime],
        installation: str,
    ) -> None:
        self.chain_id = chain.chain_id
        self._chain, self._lock, self._space = chain, lock, space
        self._sealing, self._protection = Sealing(protection, clock, installation), protection
        self._observer, self._clock, self._process = observer, clock, os.getpid()
        self._dead: str | None = None
        self._in_hand: dict[str, Body] = {}
        self._commit = GroupCommit(self._write, self._follow_up, self._die, wait_s=options.commit_s)

    @property
    def is_dead(self) -> bool:
        """Whether nothing is written any more, be it that the disk failed or that the folder was taken away."""
        return self._dead is not None

    @property
    def trouble(self) -> str | None:
        """Why a new request could not be recorded now; None where it could."""
        return self._dead or self._space.shortage()

    def look(self) -> None:
        """To be called now and then: find a folder that was moved away also while nothing is recorded."""
        if self._dead is None:
            try:
                self._chain.require_place()
            except OSError as error:
                self._die(error)

    def record(self, body: Body, sensitive: Sensitive | None = None) -> Recorded:
        """Seal, chain and write a record; returns when it is on the disk.

        Raises:
            Refusal: AUDIT_UNAVAILABLE; the caller must act as if there were no record (see `commit`).
        """
        if self._process != os.getpid():
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the ledger was opened by another process")
        if self._dead is not None:
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the ledger cannot be written")
        if body["event_type"] == "decision" and self._space.shortage():
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the disk of the ledger is nearly full")
        began = time.monotonic()
        if needs_outcome(body):
            self._in_hand[str(body["decision_id"])] = body
        try:
            recorded = self._commit.commit(self._sealing.prepare(body, sensitive))
        except BaseException:
            if body["event_type"] == "decision":
                self._forget(body)  # nothing was sent
            raise
        if body["event_type"] == "outcome":
            self._forget(body)
        self._observer.note_commit(time.monotonic() - began)
        return recorded

    def head(self) -> Head:
        """The last durable record of this chain."""
        return self._chain.head

    def close(self) -> None:
        """Finish what is in hand, say of requests that were cut off that they were, and leave the chain closed."""
        finished = self._commit.close() and not self._dead and self._tell_cut_off()
        self._chain.close()
        if finished:
            self._lock.write(make_closed_mark(self._chain.head))
        self._lock.close()

    def _tell_cut_off(self) -> bool:
        """Record the outcome of every allow that will get none any more; False where that fails: the next start does it."""
        left = [make_interrupted_outcome(body) for body in list(self._in_hand.values())]
        try:
            if left:
                self._write([self._prepare(body) for body in left])
        except (OSError, ValueError):
            return False
        return True

    def _forget(self, body: Body) -> None:
        self._in_hand.pop(str(body.get("decision_id")), None)

    def _write(self, entries: Sequence[Entry]) -> list[Recorded]:
        """The leader's part: one write and one sync for the whole batch."""
        prefaces = [self._prepare(self._chain.turn_over()), *self._new_seal()] if self._chain.is_full else []
        fresh = [self._sealing.renew(entry) for entry in entries]
        links = self._chain.append([entry.parts for entry in prefaces + fresh])[len(prefaces) :]
        return [
            Recorded(link=link, event_id=entry.event_id, size=entry.parts.size)
            for link, entry in zip(links, fresh, strict=True)
        ]

    def _prepare(self, body: Body) -> Entry:
        return self._sealing.prepare(body, None)

    def _new_seal(self) -> list[Entry]:
        return [self._prepare(self._protection.sealer.begin())] if self._protection else []

    def _follow_up(self, late: Sequence[Entry]) -> list[Entry]:
        """What the chain says after records that became durable when their caller had been refused already."""
        self._observer.alarm(Alarm.COMMIT_LATE, f"{len(late)} records became durable too late and were not acted on")
        for entry in late:
            self._forget(entry.body)
        return [self._prepare(body) for entry in late if (body := not_acted_on(entry.body)) is not None]

    def _die(self, error: BaseException) -> None:
        cause = error.strerror if isinstance(error, OSError) else None
        self._dead = f"the audit ledger cannot be written: {cause or type(error).__name__}"
        self._observer.alarm(Alarm.LEDGER_DEAD, self._dead)

    def begin(self, found: Resumption, directory: Path, signed: Callable[[str], Head]) -> None:
        """Write the first records after opening: what was found, the data key, and what a crash had interrupted."""
        self._lock.write(OPENING)
        opening = admin_record(
            "chain.resumed",
            heads=cite_heads(directory, without=self.chain_id, signed=signed),
            checkpoint=cite_checkpoint(directory),
            clean=found.clean,
            torn_bytes=found.torn_bytes or None,
        )
        left = [] if found.clean else find_interrupted(directory, self.chain_id, found.head)
        self.found_interrupted = tuple(str(body["decision_id"]) for body in left)
        entries = [self._prepare(opening), *self._new_seal(), *(self._prepare(body) for body in left)]
        self._write(entries)
        self._lock.write(OPEN)
        self.tend()

    def tend(self) -> None:
        """To be called now and then: turn the epoch of `plate_hmac` when it is over.

        Raises:
            Refusal, OSError, ConfigurationError: it could not be done.
        """
        if self._protection is not None:
            self._protection.turn(self._clock(), self.record)


def open_ledger(
    directory: Path,
    *,
    slots: Sequence[str],
    protection: Protection | None,
    options: LedgerOptions,
    observer: Observer | None = None,
    disk: Disk | None = None,
    clock: Callable[[], datetime] = now,
    signed: Callable[[str], Head] = lambda _chain: EMPTY,
) -> Ledger:
    """Take the first free chain of `slots`, put right what a crash left, and say so in the chain.

    `signed` gives the head of a chain that the last checkpoint holds. Without `protection` nothing sensitive is recorded:
    such a record is refused.

    Raises:
        ConfigurationError: no chain is free, or the ledger is damaged.
        OSError: the disk does not let us.
    """
    observer, disk = observer or Quiet(), disk or RealDisk()
    name, lock = take_slot(directory, slots, disk=disk, wait_s=options.slot_s)
    try:
        found = resume(directory, name, lock.read(), signed=signed(name), disk=disk)
        ledger = Ledger(
            Chain(directory, name, found.head, disk=disk, limits=options.segment, clock=clock),
            lock,
            Space(directory, options.watermarks, observer),
            protection=protection,
            options=options,
            observer=observer,
            clock=clock,
            installation=origin(directory, disk=disk),
        )
        ledger.begin(found, directory, signed)
    except BaseException:
        lock.close()
        raise
    return ledger
