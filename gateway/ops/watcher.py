"""Who watches the record and its shipping: every alarm becomes a metric, a log line, a warning at `/readyz`, a notice.

CJIS AU-5 asks that somebody is told within the hour when recording fails; here it is at once.
"""

import contextlib
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable

import structlog

from gateway import clock
from gateway.errors import Refusal
from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.records.event import Body, admin_record
from gateway.ops.cause import find_cause
from gateway.ops.metrics import Metrics
from gateway.ops.once_a_minute import OnceAMinute
from gateway.shipping.watch import FINDING_EVENT, LEDGER_CHANGED, MEANS, Lag, ShippingFinding, Trouble

_REMEMBERED_S = 900.0
_log = structlog.get_logger(__name__)


def end_this_worker() -> None:
    """Ask gunicorn to end this process; the arbiter starts another, which opens the ledger anew or not at all."""
    os.kill(os.getpid(), signal.SIGTERM)


class Watcher:
    """Observes the ledger (`Observer`) and its shipping (`Watch`). Called from many threads; raises nothing."""

    def __init__(
        self, metrics: Metrics, notifier: Observer | None = None, dead: Callable[[], None] = end_this_worker
    ) -> None:
        self._metrics, self._notifier, self._dead = metrics, notifier, dead
        self._raised: dict[tuple[Alarm, str], tuple[float, str]] = {}  # when (monotonic), and what is told of it
        self._logged: defaultdict[tuple[Alarm, str, str], OnceAMinute] = defaultdict(OnceAMinute)
        self._record: Callable[[Body], object] | None = None

    def writes_to(self, record: Callable[[Body], object]) -> None:
        """From now on, what shipping finds in the ledger is itself recorded there."""
        self._record = record

    def note_commit(self, seconds: float) -> None:
        """A record became durable after so long."""
        self._metrics.note_commit(seconds)

    def alarm(self, alarm: Alarm, detail: str, about: str = "") -> None:
        """Something is wrong now."""
        self._raise(about, alarm, detail)
        if alarm is Alarm.LEDGER_DEAD:
            self._dead()

    def end_alarm(self, alarm: Alarm, about: str = "") -> None:
        """It is well again, or was all the time: nothing warns of it, and whoever is told hears of the next one at once."""
        self._raised.pop((alarm, about), None)
        if self._notifier is not None:
            self._notifier.end_alarm(alarm, about)

    def lag(self, sink: str, lag: Lag) -> None:
        """How far behind a sink is."""
        self._metrics.shipping_lag(sink, lag.seconds, lag.records)

    def finding(self, sink: str, finding: ShippingFinding) -> None:
        """Something was found while shipping: it is counted, logged, and recorded as `export.gap`; a changed ledger is an alarm."""
        self._metrics.count_finding(sink, finding.what.value)
        place = {"chain": finding.chain, "first_seq": finding.first, "last_seq": finding.last}
        told = {"what": finding.what.value, "means": MEANS[finding.what], **place, "fault": finding.fault}
        _log.warning(
            "shipping_finding", sink=sink, **{name: value for name, value in told.items() if value is not None}
        )
        if finding.what in LEDGER_CHANGED:
            detail = f"{sink}: {MEANS[finding.what]} (chain {finding.chain}, {finding.first} to {finding.last})"
            self._raise(f"{sink} {finding.what.value}", Alarm.LEDGER_ALTERED, detail)
        if self._record is not None and finding.is_to_record:
            found = {"sink": sink, "found": finding.what.value, "chain_id": finding.chain, "fault": finding.fault}
            with contextlib.suppress(Refusal):  # an unwritable ledger raises its own alarm
                self._record(admin_record(FINDING_EVENT, **found, first_seq=finding.first, last_seq=finding.last))

    def trouble(self, sink: str, trouble: Trouble | None) -> None:
        """Delivery fails for longer than the limit, or works again."""
        if trouble is None:
            self.end_alarm(Alarm.SHIPPING_LATE, sink)
        else:
            self._raise(sink, Alarm.SHIPPING_LATE, f"{sink}: {trouble.why} ({trouble.seconds:.0f} s)")

    def warnings(self) -> list[str]:
        """What was wrong within the last quarter of an hour, for `/readyz`."""
        oldest = time.monotonic() - _REMEMBERED_S
        return sorted(detail for at, detail in list(self._raised.values()) if at >= oldest)

    def _raise(self, about: str, alarm: Alarm, detail: str) -> None:
        when = f"last raised at {clock.now():%H:%M} UTC"
        self._raised[alarm, about] = (time.monotonic(), f"{detail} ({when}: {alarm.value})")
        self._metrics.count_alarm(alarm.value)
        self._log(about, alarm, detail)
        if self._notifier is not None:
            self._notifier.alarm(alarm, detail, about)

    def _log(self, about: str, alarm: Alarm, detail: str) -> None:
        """The first of each cause at once; what is raised again and again fills no log on a disk that may be full already."""
        more = self._logged[alarm, about, find_cause(detail)].note()
        if more is not None:
            _log.error("audit_alarm", alarm=alarm.value, detail=detail, **more)
