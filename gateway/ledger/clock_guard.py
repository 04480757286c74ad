"""Whether the clock can be believed: compared with what was recorded before, with the kernel's own count, and witnesses.

A clock set back would revive approvals and training, one set far forward would let retention delete. So time is taken
from the host, and believed only while it goes on as seconds pass and stands where the record left off. `check` costs two
readings of clocks. What surely has passed (`passed`) is counted, or told by a witness, and never read: retention goes by that.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.clock import now
from gateway.errors import Refusal
from gateway.reasons import Reason

TOLERANCE = timedelta(seconds=60)
"""So much a clock may be put right while requests are served, and stand before the last record."""

LONGEST_SILENCE = timedelta(days=31)
"""So long after the last record a start is believed; later, a witness or the operator must confirm it."""

WITNESS_TOLERANCE = timedelta(minutes=5)


def count_seconds() -> float:
    """Seconds since the host started, sleep included; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ClockGuard:
    """One process's judgement of its clock. `check` may be called by many threads.

    `seen` is the latest time that the record knows of, `believed` the last one that was believed before this process
    began, `passed` the time that had surely come by then; None where nothing is known.
    """

    def __init__(
        self,
        *,
        seen: datetime | None,
        believed: datetime | None = None,
        passed: datetime | None = None,
        clock: Callable[[], datetime] = now,
        elapsed: Callable[[], float] = count_seconds,
    ) -> None:
        self._clock, self._elapsed = clock, elapsed
        self._mutex = threading.Lock()
        self._standing = _judge(clock(), seen, believed)
        self._anchor(clock())
        self._passed = passed or seen or clock()
        self._passed_at = elapsed()

    def check(self) -> None:
        """Return where the clock can be believed.

        Raises:
            Refusal: CLOCK_UNTRUSTED.
        """
        problem = self.problem()
        if problem is not None:
            raise Refusal(Reason.CLOCK_UNTRUSTED, note=problem)

    def problem(self) -> str | None:
        """Why the clock cannot be believed, in a fixed sentence; None where it can."""
        if self._standing is not None:
            return self._standing
        drift = self._clock().timestamp() - self._wall - (self._elapsed() - self._began)
        if abs(drift) <= TOLERANCE.total_seconds():
            return None
        return "the clock was set forward" if drift > 0 else "the clock was set back"

    def present(self) -> datetime:
        """What the clock says."""
        return self._clock()

    def count_passed(self) -> datetime:
        """The time that has surely come: what had passed before, and the seconds counted since; never later than now."""
        counted = self._passed + timedelta(seconds=self._elapsed() - self._passed_at)
        return min(counted, self._clock())

    def corroborate(self, at: datetime) -> None:
        """A witness on another host says what time it is."""
        present = self._clock()
        if abs(present - at) > WITNESS_TOLERANCE:
            self._standing = "the clock is not that of a witness on another host"
        else:
            self._believe(present)
            with self._mutex:
                self._passed, self._passed_at = present, self._elapsed()

    def confirm(self) -> None:
        """Believe the clock as it stands now, by the operator's word on record. It lets the gateway serve.

        It adds nothing to what has passed: else whoever may set the clock and confirm it could have records deleted early.
        """
        self._believe(self._clock())

    def _believe(self, present: datetime) -> None:
        with self._mutex:
            self._anchor(present)
            self._standing = None

    def _anchor(self, present: datetime) -> None:
        self._wall, self._began = present.timestamp(), self._elapsed()


def _judge(present: datetime, seen: datetime | None, believed: datetime | None) -> str | None:
    latest = max((time for time in (seen, believed) if time is not None), default=None)
    if latest is not None and present < latest - TOLERANCE:
        return "the clock stands before the last record"
    reference = believed or seen  # records made while the clock was wrong do not make it right
    if reference is not None and present > reference + LONGEST_SILENCE:
        return "the clock stands far after the last record"
    return None
