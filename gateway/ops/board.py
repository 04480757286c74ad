"""Where the workers of one gateway tell one another whether they are ready, so that any of them speaks for all.

A few bytes of memory that all of them share, made before the first worker: one cell a worker, written by its own worker
only. A cell that was not renewed for a while belongs to a worker that ended.
"""

import mmap
import struct
import time
from collections.abc import Sequence

_CELL = struct.Struct("<?d")
_FRESH_S = 15.0


class ReadinessBoard:
    """One cell for each of these workers. A worker calls `take` once, with its name, before it posts."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._memory = mmap.mmap(-1, _CELL.size * max(1, len(names)))
        self._own: int | None = None

    def take(self, name: str) -> None:
        """From now on, what this process posts is about the worker of this name."""
        self._own = self._names.index(name)

    def post(self, ready: bool) -> None:
        """Tell whether this worker is ready now."""
        if self._own is not None:
            _CELL.pack_into(self._memory, self._own * _CELL.size, ready, time.monotonic())

    def states(self) -> dict[str, str]:
        """Each worker by name: `ready`, `not ready`, or `not running` where it has not said so lately."""
        return {name: self._state(index) for index, name in enumerate(self._names)}

    def _state(self, index: int) -> str:
        ready, at = _CELL.unpack_from(self._memory, index * _CELL.size)
        if not at or time.monotonic() - at > _FRESH_S:
            return "not running"
        return "ready" if ready else "not ready"
