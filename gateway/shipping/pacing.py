"""How shipping paces itself: beside the requests, with which it shares the interpreter, and towards a receiver."""

import random
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from gateway.shipping.options import Timing

_JITTER = 0.25
_STRETCH_S = 0.0005
_Item = TypeVar("_Item")


def pace(items: Iterable[_Item]) -> Iterator[_Item]:
    """The same items; after each half millisecond of work on them, a rest of the same length.

    Without it a batch would hold the interpreter for milliseconds, and every request of this process would wait.
    """
    began = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - began >= _STRETCH_S:
            time.sleep(_STRETCH_S)
            began = time.perf_counter()


class Backoff:
    """Exponential back-off with jitter, one for each sink: how long to rest while its receiver takes nothing."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._backoff_s = timing.backoff_s

    def succeed(self) -> None:
        """Something arrived: the next failure is the first again."""
        self._backoff_s = self._timing.backoff_s

    def fail(self, asked_s: float | None) -> float:
        """A batch was not taken. What the receiver asks for counts, within reason; else twice as long each time.

        Who asks for less than the first rest, as for none at all, is rested for as who asks for nothing.
        """
        if asked_s is not None and asked_s >= self._timing.backoff_s:
            return min(asked_s, self._timing.longest_asked_s)
        rest = self._backoff_s
        self._backoff_s = min(2 * self._backoff_s, self._timing.longest_backoff_s)
        return rest * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads retries, keeps no secret
