"""How long a courier rests while a receiver does not take its records: ever longer, or as long as it is asked to."""

import random

from gateway.shipping.options import Timing

_JITTER = 0.25


class Backoff:
    """One courier's."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._backoff_s = timing.backoff_s

    def rewarded(self) -> None:
        """Something arrived: the next failure is the first again."""
        self._backoff_s = self._timing.backoff_s

    def refused(self, asked_s: float | None) -> float:
        """A batch was not taken. What the receiver asks for counts, within reason; else twice as long each time."""
        if asked_s is not None:
            return min(max(asked_s, 0.0), self._timing.longest_asked_s)
        rest = self._backoff_s
        self._backoff_s = min(2 * self._backoff_s, self._timing.longest_backoff_s)
        return rest * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads retries, keeps no secret
