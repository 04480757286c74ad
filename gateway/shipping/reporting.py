"""What one courier has to tell, told no more often than it helps."""

import time
from datetime import datetime

import structlog

from gateway import clock
from gateway.shipping.watch import Lag, ShippingFinding, Trouble, Watch

_REMEMBERED = 1000
_log = structlog.get_logger(__name__)
_LATE = "records are waiting for too long"
_AGAIN_S = 300.0
"""Trouble that lasts is told again: whoever was told remembers an alarm for a quarter of an hour."""
_HOPELESS_S = 10.0
"""Trouble that waiting does not mend is told after so long: whoever set the sink up is still there."""


class Reports:
    """One sink's. Each finding is told once, and trouble when it begins, while it lasts, and when it ends."""

    def __init__(self, *, sink: str, watch: Watch, alert_after_s: float, every_s: float) -> None:
        self.sink, self._watch = sink, watch
        self._alert_after_s, self._every_s = alert_after_s, every_s
        self._told: dict[ShippingFinding, None] = {}
        self._failing_since: float | None = None
        self._why: str | None = None
        self._told_why: str | None = None
        self._alerted = self._late = self._catching_up = False
        self._off: tuple[datetime, datetime] | None = None
        self._reported_at = self._alerted_at = float("-inf")

    def finding(self, finding: ShippingFinding) -> None:
        """Tell it, unless it was told before."""
        if finding not in self._told:
            self._told[finding] = None
            if len(self._told) > _REMEMBERED:
                del self._told[next(iter(self._told))]
            self._watch.finding(self.sink, finding)

    def is_due(self) -> bool:
        """Whether it is time to say how far behind the sink is."""
        return time.monotonic() - self._reported_at >= self._every_s

    def lag(self, records: int, oldest: datetime | None) -> None:
        """Say how many records are waiting, and the age of the oldest of them."""
        self._reported_at = time.monotonic()
        age = max(0.0, (clock.now() - oldest).total_seconds()) if oldest and records else 0.0
        self._watch.lag(self.sink, Lag(seconds=age, records=records))
        waited = age - self._off_after(oldest) if oldest else age
        self._catching_up = self._catching_up and age >= self._alert_after_s
        self._late = waited >= self._alert_after_s and not self._catching_up
        if self._late:
            self._alert(self._why or _LATE, waited)

    def was_off(self, since: datetime, until: datetime) -> None:
        """Nothing could be shipped in that time, for the gateway was stopped: a record did not wait in it."""
        self._off = (since, until) if since < until else None

    def _off_after(self, instant: datetime) -> float:
        """Seconds after that instant in which the gateway was off."""
        if self._off is None:
            return 0.0
        since, until = self._off
        return max(0.0, (until - max(since, instant)).total_seconds())

    def catching_up(self) -> None:
        """The sink is new, and gets the past first: that this is old is no trouble, but a delivery that fails is."""
        self._catching_up = True

    def failing(self, why: str, *, hopeless: bool = False) -> None:
        """A delivery failed; where it is `hopeless`, for a reason that waiting does not mend."""
        now, self._why = time.monotonic(), why
        if self._failing_since is None:
            self._failing_since = now
            _log.warning("shipping_fails", sink=self.sink, why=why, alarm_after_s=self._alert_after_s)
        bound_s = min(_HOPELESS_S, self._alert_after_s) if hopeless else self._alert_after_s
        if now - self._failing_since >= bound_s:
            self._alert(why, now - self._failing_since, hopeless=hopeless)

    def working(self) -> None:
        """A delivery succeeded, or there was nothing to deliver."""
        if self._failing_since is not None:
            _log.info("shipping_works_again", sink=self.sink)
        self._failing_since = self._why = None
        if self._alerted and not self._late:
            self._alerted, self._told_why = False, None
            self._watch.trouble(self.sink, None)

    def _alert(self, why: str, seconds: float, *, hopeless: bool = False) -> None:
        present = time.monotonic()
        is_said_better = hopeless or self._told_why == _LATE  # that records wait says nothing of what to do
        is_cause_new = is_said_better and self._told_why != why
        if not self._alerted or is_cause_new or present - self._alerted_at >= _AGAIN_S:
            self._alerted, self._alerted_at, self._told_why = True, present, why
            self._watch.trouble(self.sink, Trouble(why=why, seconds=seconds))
