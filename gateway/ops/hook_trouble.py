"""Whether the notify hook takes alarms: told in the log when that changes, counted, and a warning while it does not.

Nobody else would tell it: whoever waits for alarms there hears of none, and takes that for good news.
"""

from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum

import structlog

from gateway import clock
from gateway.ops.once_a_minute import OnceAMinute

_log = structlog.get_logger(__name__)


class NotifyFault(StrEnum):
    """What goes wrong at the hook; the value is for metrics."""

    NOT_TAKEN = "not_taken"  # a try failed: that alarm waits, and is tried again
    LOST = "lost"  # an alarm was given up, and reaches nobody there


class HookTrouble:
    """Of one hook. `note_try` is called from one thread, the others from any."""

    def __init__(self, count: Callable[[NotifyFault, int], None]) -> None:
        self._count = count
        self._lost: defaultdict[str, OnceAMinute] = defaultdict(OnceAMinute)
        self._why: str | None = None
        self._since, self._tries = "", 0

    def note_try(self, why: str | None) -> None:
        """The hook was sent an alarm, and took it, or did not: `why`, in words that hold nothing of its address."""
        if why is None:
            self._note_taken()
            return
        self._count(NotifyFault.NOT_TAKEN, 1)
        if self._why is None:
            self._since = f"{clock.now():%H:%M} UTC"
        if why != self._why:
            _log.error("notify_fails", why=why)
        self._why, self._tries = why, self._tries + 1

    def note_lost(self, why: str, alarms: int = 1) -> None:
        """So many alarms are given up; what is lost again and again fills no log."""
        self._count(NotifyFault.LOST, alarms)
        more = self._lost[why].note()
        if more is not None:
            _log.error("notify_lost", why=why, alarms=alarms, **more)

    def warnings(self) -> list[str]:
        """A sentence for `/readyz` while the hook takes nothing."""
        why = self._why
        if why is None:
            return []
        return [f"[audit] notify_url takes no alarms: {why} (since {self._since}); they wait, and are tried again"]

    def _note_taken(self) -> None:
        if self._why is not None:
            _log.info("notify_works_again", failed=self._tries)
        self._why, self._tries = None, 0
