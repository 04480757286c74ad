"""Looking after the clock beside the requests: alarms while it cannot be believed, and what is kept between starts."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.durable import Disk
from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.clock_guard import ClockGuard
from gateway.ledger.clock_memory import find_latest_seen, find_passed, recall, remember

_AGAIN_S = 60.0


class ClockWatch:
    """One process's care for its clock. `guard` is for whoever needs to know whether the clock can be believed."""

    def __init__(
        self,
        directory: Path,
        secrets: Path,
        *,
        disk: Disk,
        observer: Observer,
        clock: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self._secrets, self._disk, self._observer = secrets, disk, observer
        kept = recall(secrets)
        self._confirmed = kept.confirmed
        seen = find_latest_seen(directory, kept.confirmed)
        passed = kept.passed or find_passed(directory)
        self.guard = ClockGuard(seen=seen, believed=kept.believed, passed=passed, clock=clock, elapsed=elapsed)
        self._alarmed_at = self._kept_at = float("-inf")

    def tick(self) -> None:
        """Take up a confirmation, raise the alarm where the clock cannot be believed, else keep what has passed.

        Raises:
            OSError: it could not be kept.
        """
        confirmed = recall(self._secrets).confirmed
        if confirmed != self._confirmed:
            self._confirmed = confirmed
            self.guard.confirm()
        problem, now = self.guard.problem(), time.monotonic()
        if problem is not None and now - self._alarmed_at >= _AGAIN_S:
            self._alarmed_at = now
            self._observer.alarm(Alarm.CLOCK_UNTRUSTED, f"{problem}: every request is refused, and nothing is deleted")
        if problem is None:
            self._observer.end_alarm(Alarm.CLOCK_UNTRUSTED)
            self._alarmed_at = float("-inf")
        if problem is None and now - self._kept_at >= _AGAIN_S:
            self._kept_at = now
            self.close()

    def close(self) -> None:
        """Keep what has surely passed, where the clock can be believed.

        Raises:
            OSError: it could not be kept.
        """
        if self.guard.problem() is None:
            remember(self._secrets, self.guard.present(), self.guard.count_passed(), self._disk)
