"""One log line for each request that failed, in part or whole, by no fault of its own: why, at which vendor, by which decision.

A failure that lasts meets every request, and would fill the log. So of one reason at one vendor the first is told at
once, and what follows is counted and told once a minute. What is told is a reason, a vendor's name, a decision's id and
a fixed word of ours: never a plate, a path, or what a vendor said.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateway.reasons import AnyReason, OwnReason, Reason

_AGAIN_S = 60.0
_FAILED = "request_failed"
_UNREAD = "reads_unreadable"
_log = structlog.get_logger(__name__)
_Matter = tuple[str, Reason, str | None]
"""Which event, for which reason, at which vendor: what is told once a minute."""


@dataclass(slots=True)
class _Standing:
    """What was not told yet of one matter."""

    told_at: float
    repeated: int = 0
    decision_id: str | None = None
    note: str | None = None


def is_failure(reason: Reason) -> bool:
    """Whether the gateway or a vendor is at fault, and not the request."""
    return reason.text.is_failure or reason is Reason.VENDOR_RATE_LIMITED


class FailureLog:
    """Tells and counts failures; may be called by many threads.

    `count(reason, vendor)` hears each request that failed, `count_unread(vendor, reads)` each answer that lost reads.
    """

    def __init__(
        self,
        count: Callable[[Reason, str | None], None],
        count_unread: Callable[[str | None, int], None],
        *,
        again_s: float = _AGAIN_S,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._count, self._count_unread = count, count_unread
        self._again_s, self._elapsed = again_s, elapsed
        self._standing: dict[_Matter, _Standing] = {}
        self._mutex = threading.Lock()

    def note_failure(self, reason: AnyReason, *, vendor: str | None, decision_id: str, note: str | None = None) -> None:
        """One request ended so. What is a request's own fault is not told here."""
        if isinstance(reason, OwnReason) or not is_failure(reason):
            return
        self._count(reason, vendor)
        self._note((_FAILED, reason, vendor), decision_id, note)

    def note_unread(self, *, vendor: str | None, decision_id: str, reads: int) -> None:
        """One request was answered without these many reads, because they cannot be read."""
        self._count_unread(vendor, reads)
        note = "reads without a time or a plate that can be read were left out"
        self._note((_UNREAD, Reason.VENDOR_ANSWER_UNUSABLE, vendor), decision_id, note)

    def _note(self, matter: _Matter, decision_id: str, note: str | None) -> None:
        with self._mutex:
            standing = self._standing.get(matter)
            if standing is not None:
                standing.repeated += 1
                standing.decision_id, standing.note = decision_id, note
                return
            self._standing[matter] = _Standing(told_at=self._elapsed())
        _tell(matter, decision_id, note)

    def tell_repeated(self, *, at_end: bool = False) -> None:
        """Tell what was counted for a minute, and `at_end` whatever was; what did not come again in that time is told at once the next time."""
        present, due = self._elapsed(), []
        with self._mutex:
            for matter, standing in list(self._standing.items()):
                if at_end or present - standing.told_at >= self._again_s:
                    due.append((matter, self._standing.pop(matter)))
                    if standing.repeated:
                        self._standing[matter] = _Standing(told_at=present)
        for matter, standing in due:
            if standing.repeated:
                _tell(matter, standing.decision_id, standing.note, repeated=standing.repeated)


def _tell(matter: _Matter, decision_id: str | None, note: str | None, **more: int) -> None:
    event, reason, vendor = matter
    _log.error(event, reason=reason.value, vendor=vendor, decision_id=decision_id, note=note, **more)
