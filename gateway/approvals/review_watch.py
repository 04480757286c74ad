"""Looks again and again which reviews are overdue, for readiness, and drops old memories; beside the requests."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from gateway.approvals.emergencies import Emergencies
from gateway.approvals.recent import RecentDecisions
from gateway.errors import Refusal

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
        self._every_s, self._forget_every = every_s, forget_every
        self._sentences: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="reviews", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def warnings(self) -> list[str]:
        """A sentence for each person with an overdue review, as of a moment ago."""
        return self._sentences

    def _keep_looking(self) -> None:
        turn = 0
        while not self._ended.is_set():
            try:
                self._sentences = self._emergencies.overdue(self._clock())
                if turn % self._forget_every == 0:
                    self._recent.forget_old(self._clock())
            except Refusal as refusal:
                _log.warning("reviews_not_read", reason=refusal.reason.value)
            turn += 1
            self._ended.wait(self._every_s)
