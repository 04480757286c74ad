"""What a share found in a sample says of all: the share with its 95 per cent confidence interval (Wilson)."""

import math
from dataclasses import dataclass

_Z = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of `of` answers, and the interval in which that of all searches lies with 95 per cent confidence."""

    number: int
    of: int
    low: float
    high: float

    @property
    def text(self) -> str:
        """As a person reads it."""
        if not self.of:
            return "no answers"
        return f"{100 * self.number / self.of:.0f} % ({100 * self.low:.0f} to {100 * self.high:.0f} %)"


def rate(number: int, of: int) -> Rate:
    """The rate of so many of so many."""
    if not of:
        return Rate(number=0, of=0, low=0.0, high=1.0)
    share, square = number / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    whole = 1 + square / of
    return Rate(number=number, of=of, low=max(0.0, (middle - spread) / whole), high=min(1.0, (middle + spread) / whole))
