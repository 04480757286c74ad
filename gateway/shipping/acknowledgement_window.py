"""What was sent, waiting until it may count as received."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from gateway.shipping.progress import Marks

_STEPS = 8


@dataclass(frozen=True, slots=True)
class Unsettled:
    """How many records were sent and have not settled, and when the oldest of them was made."""

    records: int = 0
    oldest: datetime | None = None

    def __add__(self, other: "Unsettled") -> "Unsettled":
        times = [one for one in (self.oldest, other.oldest) if one is not None]
        return Unsettled(self.records + other.records, min(times, default=None))


NOTHING = Unsettled()


@dataclass(frozen=True, slots=True)
class _Sent:
    at: float
    marks: Marks
    what: Unsettled


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

    @property
    def unsettled(self) -> Unsettled:
        """What was sent and has not settled."""
        sent = [*self._waiting, *([self._latest] if self._latest else [])]
        return sum((one.what for one in sent), Unsettled())

    def note_sent(self, marks: Marks, now: float, what: Unsettled = NOTHING) -> None:
        """Everything up to these marks has been sent; `what` was, since the last time.

        What was sent a step ago keeps its own time: the end of one burst does not wait for that of the next.
        """
        if self._latest and now - self._latest.at >= self._settle_s / _STEPS:
            self._waiting.append(self._latest)
            self._latest = None
        self._latest = _Sent(now, marks, self._latest.what + what if self._latest else what)

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
