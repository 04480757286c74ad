"""When a refusal leaves: those that are told alike leave alike in time too.

What lies behind a vague reason takes more or fewer rows to find, a tenth of a millisecond apart: asked often enough, that
would tell whose plate it is. So each of them waits until the same moment after its request came.
"""

import time
from typing import Final

from gateway.disclosure import Disclosed
from gateway.reasons import Reason
from gateway.turns import TURN

HELD_S: Final = 0.025
"""More than a refusal takes, unless the machine is so busy that nothing can be measured on it."""

_STANDS_FOR_SEVERAL: Final = frozenset(
    {Reason.TARGET_UNKNOWN, Reason.CASE_NOT_ASSIGNED, Reason.PARTIAL_PLATE_NOT_APPROVED}
)


def hold(told: Disclosed, started_ns: int) -> None:
    """Wait, where what is told stands for several true reasons; others work meanwhile."""
    if _STANDS_FOR_SEVERAL.isdisjoint(told.reasons):
        return
    left = HELD_S - (time.monotonic_ns() - started_ns) / 1e9
    if left > 0:
        with TURN.wait():
            time.sleep(left)
