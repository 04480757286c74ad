"""The `edge` chain: refusals before a person is known, which anyone can cause, so they must cost us next to nothing.

The first few of a source in a minute are recorded singly, the rest counted by source and reason; what is kept in memory
and what reaches the disk is bounded whatever arrives. Recording happens in a thread of its own: `refused` never waits
and never fails. A crash loses at most what was not flushed yet: a second of single ones, a minute of counts.
"""

import contextlib
import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.clock import format_instant, now
from gateway.durable import Disk, make_within
from gateway.errors import GatewayError
from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.chain import Chain, SegmentLimits
from gateway.ledger.checkpoints.checkpoint import cite_checkpoint
from gateway.ledger.checkpoints.keys import origin
from gateway.ledger.heads import EMPTY, Head, cite_heads
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.records.form import Halves
from gateway.ledger.recovery import OPENING, make_closed_mark, resume
from gateway.ledger.sealing import Sealing
from gateway.ledger.slots import FileLock
from gateway.periodic import PeriodicTask

EDGE = "edge"
EVERYONE_ELSE = "*"
"""The source under which refusals are counted once there are too many sources to tell apart."""

_LOCK_WAIT_S = 5.0
_KEY = "key "


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Per process: single records a source and in all a minute, sources told apart, seconds between flushes."""

    singles_per_source: int = 5
    singles: int = 120
    sources: int = 256
    flush_s: float = 1.0
    count_s: float = 60.0
    unwritten: int = 1000


class Edge:
    """The edge chain as one process writes it; the other workers write it too, under a lock for each flush."""

    def __init__(
        self,
        directory: Path,
        *,
        disk: Disk,
        observer: Observer,
        limits: EdgeLimits | None = None,
        segment: SegmentLimits,
        clock: Callable[[], datetime] = now,
        signed: Callable[[str], Head] = lambda _chain: EMPTY,
    ) -> None:
        self._directory, self._disk, self._observer = directory, disk, observer
        self._limits, self._segment = limits or EdgeLimits(), segment
        self._clock, self._signed = clock, signed
        self._sealing = Sealing(None, clock, origin(directory, disk=disk))
        self._tally = _Tally(self._limits, clock)
        self._unwritten: list[Halves] = []
        self._cited = False
        self._task = PeriodicTask("audit-edge", self.flush, every_s=self._limits.flush_s, tell=self._tell_failure)

    def start(self) -> None:
        """Begin to flush, in a thread."""
        self._task.start()

    def note_refusal(self, body: Body) -> None:
        """Take note of a refusal (`refusal_record`)."""
        self._tally.add(body)

    def close(self) -> None:
        """Flush everything."""
        self._task.end()
        self.flush(everything=True)

    def flush(self, *, everything: bool = False) -> None:
        """Write what is waiting; the counts too if their minute is over, or everything is asked for."""
        for body in self._tally.take(everything):
            with contextlib.suppress(GatewayError):  # no exact form: it cannot be one of ours
                self._unwritten.append(self._sealing.prepare(body, None).parts)
        del self._unwritten[self._limits.unwritten :]
        if not self._unwritten:
            return
        try:
            self._write()
        except (OSError, GatewayError) as error:
            self._tell_failure(error)
        else:
            self._unwritten = []
            self._observer.end_alarm(Alarm.EDGE_FAILING)

    def _tell_failure(self, error: Exception) -> None:
        self._observer.alarm(Alarm.EDGE_FAILING, f"the edge chain cannot be written: {type(error).__name__}")

    def _write(self) -> None:
        lock = FileLock(make_within(self._directory, EDGE, self._disk) / "lock")
        try:
            if not lock.take(_LOCK_WAIT_S):
                raise TimeoutError("the edge chain is locked")
            self._append(lock, self._unwritten)
        finally:
            lock.close()

    def _cite_others(self) -> Body:
        cited = cite_heads(self._directory, without=EDGE, signed=self._signed)
        return admin_record("chain.resumed", heads=cited, checkpoint=cite_checkpoint(self._directory))

    def _append(self, lock: FileLock, batch: Sequence[Halves]) -> None:
        found = resume(self._directory, EDGE, lock.read(), signed=self._signed(EDGE), disk=self._disk)
        chain = Chain(self._directory, EDGE, found.head, disk=self._disk, limits=self._segment, clock=self._clock)
        try:
            first = [] if self._cited else [self._cite_others()]
            opening = first + ([chain.turn_over()] if chain.is_full else [])
            lock.write(OPENING)
            chain.append([*(self._sealing.prepare(body, None).parts for body in opening), *batch])
            self._cited = True
            lock.write(make_closed_mark(chain.head))
        finally:
            chain.close()


@dataclass(slots=True)
class _Tally:
    """What has been refused and is not yet written, within bounds."""

    limits: EdgeLimits
    clock: Callable[[], datetime]
    mutex: threading.Lock = field(default_factory=threading.Lock)
    singles: list[Body] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    counted: dict[str, Counter[str]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    since: datetime | None = None

    def add(self, body: Body) -> None:
        source = _source(body)
        with self.mutex:
            self.since = self.since or self.clock()
            known = source in self.seen or len(self.seen) < self.limits.sources
            if known and self.seen[source] < self.limits.singles_per_source and self.seen.total() < self.limits.singles:
                self.seen[source] += 1
                self.singles.append(body)
                return
            told_apart = source in self.counted or len(self.counted) < self.limits.sources
            counts = self.counted.setdefault(source if told_apart else EVERYONE_ELSE, Counter())
            counts.update(str(reason) for reason in body.get("deny_reasons") or ("none",))

    def take(self, everything: bool) -> list[Body]:
        with self.mutex:
            bodies, self.singles = self.singles, []
            if everything or time.monotonic() - self.began >= self.limits.count_s:
                bodies += self._counts()
                self.counted, self.since, self.began = {}, None, time.monotonic()
                self.seen.clear()
            return bodies

    def _counts(self) -> list[Body]:
        to = format_instant(self.clock())
        since = format_instant(self.since) if self.since else to
        return [
            admin_record("refusals.counted", **_name_source(source), **{"from": since, "to": to}, counts=dict(counts))
            for source, counts in self.counted.items()
        ]


def _source(body: Body) -> str:
    """The credential, once it was proved; else the address, for IPv6 its /64, which one caller can have all of."""
    if body.get("key_id") is not None:
        return f"{_KEY}{body['key_id']}"
    return _network(str(body.get("src_ip")))


def _network(address: str) -> str:
    """An IPv4 address in IPv6 clothes, as a listener on both sees it, is what it is: else all of them were one source."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return EVERYONE_ELSE if ":" in address else address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network(f"{read}/64", strict=False))


def _name_source(source: str) -> dict[str, str]:
    return {"key_id": source.removeprefix(_KEY)} if source.startswith(_KEY) else {"src_ip": source}
