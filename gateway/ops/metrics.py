"""Numbers for operations, as Prometheus reads them from any worker: sums over all of them.

The workers are processes, and a scrape reaches one of them, so `prometheus_client` runs in its multiprocess mode: each
process keeps its numbers in memory-mapped files in one directory, and a scrape adds them up. The library chooses that
mode when it is imported, so `share` comes first and the import is inside `Metrics`. Without `share` (tests, one
process) the numbers stay in memory. Label values come from closed lists only; anything else is counted as `other`.
"""

import errno
import os
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import clock
from gateway.ledger.alarms import Alarm
from gateway.ops.failures import is_failure
from gateway.ops.hook_trouble import NotifyFault
from gateway.reasons import AnyReason, OwnReason, Reason
from gateway.shipping.watch import Found

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

VERDICTS = ("allow", "deny", "error")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_KINDS = ("counter", "histogram", "gauge_livesum", "gauge_livemostrecent", "gauge_livemin")
"""Of the library's files: one of each for a process."""
_ROOM = 1 << 20
"""Bytes of each, as the library makes it."""
_UNREADY = ".new"
_CANNOT = frozenset({errno.EOPNOTSUPP, errno.EINVAL})
"""What a file system says that can make no room beforehand."""
_REASONS = frozenset(reason.value for reason in Reason)
_NONE = "none"
_OF_A_REVISION = 12
_OF_VENDORS = "vendor_"  # reasons that begin so say that the vendor is at fault
_OTHER = "other"  # what no list names: a number that stays countable, and never a caller's text


def share(directory: Path) -> None:
    """Keep numbers in this directory, emptied first. Called once, before any worker and before `Metrics`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in (*directory.glob("*.db"), *directory.glob(f"*{_UNREADY}")):
        left_over.unlink()
    os.environ[_SHARED] = str(directory)


def forget_worker(process_id: int) -> None:
    """A worker has ended: what it had in flight is gone, what it counted stays."""
    if _SHARED in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(process_id)  # type: ignore[no-untyped-call]


def _take_room(directory: Path) -> None:
    """Give the files of this process their blocks on the disk before the library maps them into memory.

    It makes them with holes, and whoever writes into a hole of a file in memory, on a disk that is full, is killed (SIGBUS).
    A file has its name once it has its room: an empty one would be in the way of every scrape, long after its process.

    Raises:
        OSError: the disk has no room for them.
    """
    files = [directory / f"{kind}_{os.getpid()}.db" for kind in _KINDS]
    try:
        for file in files:
            _make_room(file.with_suffix(_UNREADY))
            file.with_suffix(_UNREADY).rename(file)
    except OSError:
        for file in files:
            file.unlink(missing_ok=True)
            file.with_suffix(_UNREADY).unlink(missing_ok=True)
        raise


def _make_room(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, _ROOM)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        os.ftruncate(descriptor, _ROOM)
    finally:
        os.close(descriptor)


class Metrics:
    """The counters and histograms of one process. Made after fork; safe for many threads.

    `operations` are the names that the profiles list, `vendors` those of the mounts; any other is counted as `other`.

    Raises:
        RuntimeError: the library was imported before `share`, so numbers would silently stay in one worker.
    """

    def __init__(self, operations: Iterable[str] = (), vendors: Iterable[str] = (), sinks: Iterable[str] = ()) -> None:
        from prometheus_client import CollectorRegistry, values

        self._is_shared = _SHARED in os.environ
        if self._is_shared is not values.ValueClass._multiprocess:  # noqa: SLF001 - the library tells it nowhere else
            raise RuntimeError("metrics.share must be called before prometheus_client is imported")
        from gateway.ops.instruments import make_instruments

        if self._is_shared:
            _take_room(Path(os.environ[_SHARED]))
        self._registry = CollectorRegistry()
        self._of = make_instruments(self._registry)
        self._operations, self._vendors = frozenset(operations), frozenset(vendors)
        self._decided = cache(
            self._of.decisions.labels
        )  # by closed lists, so it stays small; the library looks up anew
        self._lasted = cache(self._of.durations.labels)
        self._called = cache(self._of.vendor_s.labels)
        self._is_up = cache(self._of.vendor_up.labels)
        self._policy: str | None = None
        self._begin_at_zero(sinks)

    def count_answer(self, operation: str, verdict: str, reason: str | OwnReason, seconds: float) -> None:
        """Count one request's end with its duration; `reason` is the first true one, "" for an allow.

        A reason of the agency's own is listed by the policy that gave it.
        """
        verdict = _keep_listed(verdict, VERDICTS)
        label = reason.value if isinstance(reason, OwnReason) else _keep_listed(reason, _REASONS) if reason else _NONE
        self._decided(_keep_listed(operation, self._operations), verdict, label).inc()
        self._lasted(verdict).observe(seconds)

    def count_edge_refusal(self, reason: AnyReason) -> None:
        """Count one refusal that had no person yet."""
        self._of.edge.labels(_keep_listed(reason.value, _REASONS)).inc()

    def count_shadow(self, outcome: str) -> None:
        """A decision was held up to the candidate beside the policy in force: same, differs, failed, dropped."""
        self._of.shadow.labels(outcome).inc()

    def note_commit(self, seconds: float) -> None:
        """One ledger commit's duration, waiting included."""
        self._of.commit.observe(seconds)

    def count_alarm(self, alarm: str) -> None:
        """The record raised an alarm (one of `audit.alarms.Alarm`)."""
        self._of.alarms.labels(alarm).inc()

    def count_notify_fault(self, fault: NotifyFault, times: int) -> None:
        """The notify hook did not take an alarm, or alarms for it were given up."""
        self._of.notify.labels(fault.value).inc(times)

    def shipping_lag(self, sink: str, seconds: float, records: int) -> None:
        """How far behind a sink is; `sink` is a name from the settings."""
        self._of.lag_s.labels(sink).set(seconds)
        self._of.lag_n.labels(sink).set(records)

    def count_finding(self, sink: str, found: str) -> None:
        """Shipping found something amiss (one of `shipping.watch.Found`)."""
        self._of.findings.labels(sink, found).inc()

    def count_failure(self, reason: Reason, vendor: str | None) -> None:
        """Count a request that failed by no fault of its own; where its vendor is at fault, that vendor is not up."""
        name = _NONE if vendor is None else _keep_listed(vendor, self._vendors)
        self._of.failures.labels(_keep_listed(reason, _REASONS), name).inc()
        if vendor is not None and reason.startswith(_OF_VENDORS):
            self._is_up(name).set(0)

    def count_unread(self, vendor: str | None, reads: int) -> None:
        """An answer of a vendor had these many reads that cannot be read."""
        self._of.unread.labels(_NONE if vendor is None else _keep_listed(vendor, self._vendors)).inc(reads)

    def count_call(self, vendor: str, seconds: float, answered: bool) -> None:
        """One call to a vendor, and whether it brought an answer."""
        name = _keep_listed(vendor, self._vendors)
        self._called(name).observe(seconds)
        self._is_up(name).set(int(answered))

    def note_ages(self, *, facts_s: float | None, policy_s: float | None) -> None:
        """How old the facts and the policy in force are, where there are any."""
        if facts_s is not None:
            self._of.facts_age.set(facts_s)
        if policy_s is not None:
            self._of.policy_age.set(policy_s)

    def note_policy(self, revision: str | None) -> None:
        """Which policy decides; None where everything is stopped. By it gateways that should be alike are seen to differ."""
        name = _NONE if revision is None else revision[:_OF_A_REVISION]
        if name != self._policy:
            if self._policy is not None:
                self._of.policy.labels(self._policy).set(0)
            self._policy = name
        self._of.policy.labels(name).set(1)

    def note_start(self, ago_s: float) -> None:
        """The gateway was started so long ago: what was counted so far, was counted since."""
        self._of.began.set(clock.now().timestamp() - ago_s)

    def note_check(self, check: str, is_well: bool) -> None:
        """What a check of readiness found."""
        self._of.check.labels(check).set(int(is_well))

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """A request is being served inside."""
        self._of.in_flight.inc()
        try:
            yield
        finally:
            self._of.in_flight.dec()

    def exposition(self) -> bytes:
        """What `/metrics` answers, with `CONTENT_TYPE`."""
        from prometheus_client import generate_latest

        return generate_latest(self._collect())

    def _begin_at_zero(self, sinks: Iterable[str]) -> None:
        """What alerts ask the increase of is there before it happens: the first alarm must be an increase, too."""
        for alarm in Alarm:
            self._of.alarms.labels(alarm.value)
        for fault in NotifyFault:
            self._of.notify.labels(fault.value)
        for sink in sinks:
            for found in Found:
                self._of.findings.labels(sink, found.value)
        for vendor in self._vendors:
            self._of.unread.labels(vendor)
        for reason in filter(is_failure, Reason):
            for vendor in self._vendors if reason.startswith(_OF_VENDORS) else {_NONE, *self._vendors}:
                self._of.failures.labels(reason.value, vendor)

    def _collect(self) -> "CollectorRegistry":
        if not self._is_shared:
            return self._registry
        from prometheus_client import CollectorRegistry

        every_process = CollectorRegistry()
        every_process.register(_EveryProcess(self._registry))
        return every_process


class _EveryProcess:
    """The numbers of all processes, each told as its own process describes it: their files hold no descriptions."""

    def __init__(self, own: "CollectorRegistry") -> None:
        self._told = {metric.name: metric.documentation for metric in own.collect()}

    def collect(self) -> "Iterator[Metric]":
        """Each metric, added up."""
        from prometheus_client import multiprocess

        for metric in multiprocess.MultiProcessCollector(None).collect():  # type: ignore[no-untyped-call]
            metric.documentation = self._told.get(metric.name, metric.documentation)
            yield metric


def _keep_listed(value: str, values: Container[str]) -> str:
    return str(value) if value in values else _OTHER
