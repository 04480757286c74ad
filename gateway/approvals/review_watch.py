"""Looks again and again which reviews are overdue, for readiness, and drops old memories; beside the requests."""

from collections.abc import Callable
from datetime import datetime

import structlog

from gateway.approvals.emergencies import Emergencies
from gateway.approvals.recent import RecentDecisions
from gateway.errors import Refusal
from gateway.periodic import PeriodicTask

_log = structlog.get_logger(__name__)


class ReviewWatch:
    """One worker's watch. Of several, one records that a review became overdue: the store decides which."""

    def __init__(
        self,
        emergencies: Emergencies,
        recent: RecentDecisions,
        clock: Callable[[], datetime],
        *,
        every_s: float = 5.0,
        forget_every: int = 720,
    ) -> None:
        self._emergencies, self._recent, self._clock = emergencies, recent, clock
        self._forget_every, self._rounds = forget_every, 0
        self._sentences: list[str] = []
        self._task = PeriodicTask("reviews", self._look, every_s=every_s, tell=_tell_failure, at_once=True)

    def start(self) -> None:
        """Begin to look."""
        self._task.start()

    def close(self) -> None:
        """Look no more."""
        self._task.end()

    def warnings(self) -> list[str]:
        """A sentence for each person with an overdue review, as of a moment ago."""
        return self._sentences

    def _look(self) -> None:
        number, self._rounds = self._rounds, self._rounds + 1
        self._sentences = self._emergencies.overdue(self._clock())
        if number % self._forget_every == 0:
            self._recent.forget_old(self._clock())


def _tell_failure(error: Exception) -> None:
    why = error.reason.value if isinstance(error, Refusal) else type(error).__name__
    _log.warning("reviews_not_read", reason=why)
