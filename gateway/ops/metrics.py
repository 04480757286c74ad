"""Numbers for operations, as Prometheus reads them from any worker: sums over all of them.

The workers are processes, and a scrape reaches one of them, so `prometheus_client` runs in its multiprocess mode: each
process keeps its numbers in memory-mapped files in one directory, and a scrape adds them up. The library chooses that
mode when it is imported, so `share` comes first and the import is inside `Metrics`. Without `share` (tests, one
process) the numbers stay in memory. Label values come from closed lists only; anything else is counted as `other`.
"""

import os
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.reasons import Reason

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

VERDICTS = ("allow", "deny", "error")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SHARED = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_REASONS = frozenset(reason.value for reason in Reason)
_NONE = "none"
_OTHER = "other"  # what no list names: a number that stays countable, and never a caller's text


def share(directory: Path) -> None:
    """Keep numbers in this directory, emptied first. Called once, before any worker and before `Metrics`."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left_over in directory.glob("*.db"):
        left_over.unlink()
    os.environ[_SHARED] = str(directory)


def forget_worker(process_id: int) -> None:
    """A worker has ended: what it had in flight is gone, what it counted stays."""
    if _SHARED in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(process_id)  # type: ignore[no-untyped-call]


class Metrics:
    """The counters and histograms of one process. Made after fork; safe for many threads.

    `operations` are the names that the profiles list; any other is counted as `other`.

    Raises:
        RuntimeError: the library was imported before `share`, so numbers would silently stay in one worker.
    """

    def __init__(self, operations: Iterable[str] = ()) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

        self._is_shared = _SHARED in os.environ
        if self._is_shared is not values.ValueClass._multiprocess:  # noqa: SLF001 - the library tells it nowhere else
            raise RuntimeError("metrics.share must be called before prometheus_client is imported")
        self._registry = at = CollectorRegistry()
        self._decisions = Counter(
            "lpr_decisions", "Decisions on searches and own requests.", ["operation", "verdict", "reason"], registry=at
        )
        self._durations = Histogram(
            "lpr_request_seconds", "Request duration in seconds.", ["verdict"], registry=at, buckets=_BUCKETS_S
        )
        self._edge = Counter(
            "lpr_edge_refusals", "Requests refused before they were understood.", ["reason"], registry=at
        )
        self._commit = Histogram(
            "lpr_ledger_commit_seconds", "Duration of a ledger commit in seconds.", registry=at, buckets=_BUCKETS_S
        )
        self._alarms = Counter("lpr_audit_alarms", "Alarms: recording fails or lags.", ["alarm"], registry=at)
        gauge = partial(Gauge, labelnames=["sink"], registry=at, multiprocess_mode="livemostrecent")
        self._lag_s = gauge("lpr_shipping_lag_seconds", "Age of the oldest record not sent.")
        self._lag_n = gauge("lpr_shipping_lag_records", "Records not sent.")
        self._in_flight = Gauge(
            "lpr_requests_in_flight", "Requests being served.", registry=at, multiprocess_mode="livesum"
        )
        self._operations = frozenset(operations)
        self._decided = cache(self._decisions.labels)  # by closed lists, so it stays small; the library looks up anew
        self._lasted = cache(self._durations.labels)

    def answered(self, operation: str, verdict: str, reason: str, seconds: float) -> None:
        """Count one request's end with its duration; `reason` is the first true one, "" for an allow."""
        verdict = _keep_listed(verdict, VERDICTS)
        reason = _keep_listed(reason, _REASONS) if reason else _NONE
        self._decided(_keep_listed(operation, self._operations), verdict, reason).inc()
        self._lasted(verdict).observe(seconds)

    def refused_at_edge(self, reason: Reason) -> None:
        """Count one refusal that had no person yet."""
        self._edge.labels(_keep_listed(reason, _REASONS)).inc()

    def committed(self, seconds: float) -> None:
        """One ledger commit's duration, waiting included."""
        self._commit.observe(seconds)

    def alarmed(self, alarm: str) -> None:
        """The record raised an alarm (one of `audit.alarms.Alarm`)."""
        self._alarms.labels(alarm).inc()

    def shipping_lag(self, sink: str, seconds: float, records: int) -> None:
        """How far behind a sink is; `sink` is a name from the settings."""
        self._lag_s.labels(sink).set(seconds)
        self._lag_n.labels(sink).set(records)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """A request is being served inside."""
        self._in_flight.inc()
        try:
            yield
        finally:
            self._in_flight.dec()

    def exposition(self) -> bytes:
        """What `/metrics` answers, with `CONTENT_TYPE`."""
        from prometheus_client import generate_latest

        return generate_latest(self._collect())

    def _collect(self) -> "CollectorRegistry":
        if not self._is_shared:
            return self._registry
        from prometheus_client import CollectorRegistry, multiprocess

        every_process = CollectorRegistry()
        multiprocess.MultiProcessCollector(every_process)  # type: ignore[no-untyped-call]
        return every_process


def _keep_listed(value: str, values: Container[str]) -> str:
    return str(value) if value in values else _OTHER
