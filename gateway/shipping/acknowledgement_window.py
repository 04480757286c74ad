"""What was sent, waiting until it may count as received."""

from collections import deque
from dataclasses import dataclass

from gateway.shipping.progress import Marks

_STEPS = 8


@dataclass(frozen=True, slots=True)
class _Sent:
    at: float
    marks: Marks


class AcknowledgementWindow:
    """Keeps how far was sent when, in a few steps only, however much is sent; times are monotonic seconds."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._waiting: deque[_Sent] = deque()
        self._latest: _Sent | None = None

    @property
    def outstanding(self) -> bool:
        """Whether anything that was sent has not settled."""
        return bool(self._waiting or self._latest)

    def note_sent(self, marks: Marks, now: float) -> None:
        """Everything up to these marks has been sent."""
        self._latest = _Sent(now, marks)

    def take_settled(self, now: float) -> Marks | None:
        """The furthest marks whose time has passed since the last call; None where there are no new ones."""
        if self._latest and (not self._waiting or self._latest.at - self._waiting[-1].at >= self._settle_s / _STEPS):
            self._waiting.append(self._latest)
            self._latest = None
        found = None
        while self._waiting and now - self._waiting[0].at >= self._settle_s:
            found = self._waiting.popleft().marks
        return found

    def forget(self) -> None:
        """What was sent may be lost: none of it settles any more."""
        self._waiting.clear()
        self._latest = None
