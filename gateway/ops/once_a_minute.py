"""What happens again and again is told at once, then once a minute: a failure that lasts must not fill the log."""

import time
from collections.abc import Callable

_AGAIN_S = 60.0


class OnceAMinute:
    """Of one thing that happens: whether it is to be told this time, and how often it was not since."""

    def __init__(self, elapsed: Callable[[], float] | None = None) -> None:
        """`elapsed` gives seconds that only grow; by default those of the system."""
        self._elapsed, self._told_at, self._repeated = elapsed or time.monotonic, float("-inf"), 0

    def note(self) -> dict[str, int] | None:
        """It happened: what to tell beside it (`repeated`, where it was passed over), or None to pass it over."""
        present = self._elapsed()
        if present - self._told_at < _AGAIN_S:
            self._repeated += 1
            return None
        more = {"repeated": self._repeated} if self._repeated else {}
        self._told_at, self._repeated = present, 0
        return more
