"""Work that lets requests through: shipping shares the interpreter with them, and one thread at a time runs in it."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

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
