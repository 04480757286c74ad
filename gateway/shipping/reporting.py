"""What one courier has to tell, told no more often than it helps."""

import time
from datetime import datetime

import structlog

from gateway import clock
from gateway.shipping.sinks.sink import AT_ONCE_S
from gateway.shipping.watch import SHIPPED_ANEW, Lag, ShippingFinding, Trouble, Watch

_REMEMBERED = 1000
_log = structlog.get_logger(__name__)
_LATE = "the oldest record that is not known to be received is older than allowed"
_NOT_MENDED = "waiting does not mend this, so the alarm does not wait for the sink's own alert_after_s"
_HOPELESS_S = 10.0
"""Trouble that waiting does not mend is told after so long: whoever set the sink up is still there."""


class Reports:
    """One sink's. Each finding is told once, and trouble once it is due, at each try while it lasts, and when it ends.

    `began_at`: when the gateway was started (monotonic). A sink has `alert_after_s` from then on to catch up.
    """

    def __init__(self, *, sink: str, watch: Watch, alert_after_s: float, every_s: float, began_at: float) -> None:
        self.sink, self._watch = sink, watch
        self._alert_after_s, self._every_s = alert_after_s, every_s
        self._told: dict[ShippingFinding, None] = {}
        self._failing_since: float | None = None
        self._why: str | None = None
        self._hopeless, self._settling_since = False, float("inf")
        self._bound_s, self._is_told = alert_after_s, True
        self._alerted = self._late = self._catching_up = False
        self._counts_from = began_at
        self._reported_at = float("-inf")

    def finding(self, finding: ShippingFinding) -> None:
        """Tell it, unless it was told before."""
        if finding.what in SHIPPED_ANEW:
            self._catching_up = True  # that the past is old is no trouble; a delivery that fails is
        if finding not in self._told:
            self._told[finding] = None
            if len(self._told) > _REMEMBERED:
                del self._told[next(iter(self._told))]
            self._watch.finding(self.sink, finding)

    def tell_again(self, finding: ShippingFinding) -> None:
        """Whatever was told of it before: it has happened anew."""
        self._told.pop(finding, None)

    def is_due(self) -> bool:
        """Whether it is time to say how far behind the sink is."""
        return time.monotonic() - self._reported_at >= self._every_s

    def lag(self, records: int, oldest: datetime | None) -> None:
        """Say how many records are waiting, and the age of the oldest of them."""
        present = self._reported_at = time.monotonic()
        age = max(0.0, (clock.now() - oldest).total_seconds()) if oldest and records else 0.0
        self._watch.lag(self.sink, Lag(seconds=age, records=records))
        if self._catching_up:
            self._catching_up, self._counts_from = age >= self._alert_after_s, present
        waited = min(age, present - self._counts_from)
        self._late = bool(records) and waited >= self._alert_after_s and not self._catching_up
        if self._late:
            self._alert(self._why or _LATE, waited)

    def failing(self, why: str, *, hopeless: bool = False) -> None:
        """A delivery failed; where it is `hopeless`, for a reason that waiting does not mend."""
        self._why, self._hopeless, self._settling_since = why, hopeless, float("inf")
        self._bound_s = min(_HOPELESS_S, self._alert_after_s) if hopeless else self._alert_after_s
        if self._failing_since is None:
            self._failing_since = time.monotonic()
            sooner = {"sooner_since": _NOT_MENDED} if self._bound_s < self._alert_after_s else {}
            _log.warning("shipping_fails", sink=self.sink, why=why, alert_after_s=self._bound_s, **sooner)
        self._is_told = False
        self.tell_due()

    def settling(self, settle_s: float) -> None:
        """What failed is sent now, and counts as received when it has settled: until then that is why it is late, and an alarm says so.

        Where waiting mended nothing, only once the connection stands: who refuses our certificate takes bytes before it says so.
        """
        if self._failing_since is None:
            return
        present = time.monotonic()
        self._settling_since = min(self._settling_since, present)
        why = (
            f"the receiver takes records again, and what it took counts when {settle_s:g} s have passed without a break"
        )
        if why == self._why or (self._hopeless and present - self._settling_since < AT_ONCE_S):
            return
        self._why = why
        if self._alerted:
            self._alert(why, present - self._failing_since)

    def until_due(self) -> float:
        """Seconds until it must be told that delivery fails, however late the next try is; infinite where nothing must be."""
        if self._failing_since is None or self._is_told:
            return float("inf")
        return max(0.0, self._failing_since + self._bound_s - time.monotonic())

    def tell_due(self) -> None:
        """Tell that delivery fails, where it has for long enough and that was not told since the last try."""
        if self._failing_since is None or self._why is None or self.until_due() > 0:
            return
        self._is_told = True
        self._alert(self._why, time.monotonic() - self._failing_since)

    def working(self) -> None:
        """A delivery succeeded, or there was nothing to deliver."""
        if self._failing_since is not None:
            _log.info("shipping_works_again", sink=self.sink)
        self._failing_since = self._why = None
        if self._alerted and not self._late:
            self._alerted = False
            self._watch.trouble(self.sink, None)

    def _alert(self, why: str, seconds: float) -> None:
        self._alerted = True
        self._watch.trouble(self.sink, Trouble(why=why, seconds=seconds))
