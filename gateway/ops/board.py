"""Where the workers of one gateway tell one another whether they are ready, so that any of them speaks for all.

So are the alarms that each raised. A few bytes of memory that all of them share, made before the first worker: one cell a worker, written by its own worker
only. A cell that was not renewed for a while belongs to a worker that ended.
"""

import json
import mmap
import struct
import time
from collections.abc import Sequence
from contextlib import suppress

_CELL = struct.Struct("<?d")
_TEXT_BYTES = 8192
_FRESH_S = 15.0


class ReadinessBoard:
    """One cell for each of these workers. A worker calls `take` once, with its name, before it posts."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._memory = mmap.mmap(-1, _CELL.size * max(1, len(names)))
        self._texts = mmap.mmap(-1, _TEXT_BYTES * max(1, len(names)))
        self._own: int | None = None
        self.began_at = time.monotonic()
        """When the gateway was started: the board is made before its first worker."""

    def take(self, name: str) -> None:
        """From now on, what this process posts is about the worker of this name."""
        self._own = self._names.index(name)

    @property
    def place(self) -> int:
        """Which of the workers this process is, from 0."""
        return self._own or 0

    def post(self, ready: bool) -> None:
        """Tell whether this worker is ready now."""
        if self._own is not None:
            _CELL.pack_into(self._memory, self._own * _CELL.size, ready, time.monotonic())

    def warn(self, warnings: Sequence[str]) -> None:
        """Tell what this worker warns of now, as much as its cell holds."""
        if self._own is not None:
            told = json.dumps([*warnings]).encode()
            while len(told) > _TEXT_BYTES:
                warnings = warnings[:-1]
                told = json.dumps([*warnings]).encode()
            start = self._own * _TEXT_BYTES
            self._texts[start : start + _TEXT_BYTES] = told.ljust(_TEXT_BYTES, b"\0")

    def warnings(self) -> list[str]:
        """What any worker warns of; a worker that ended is still heard, until another takes its name."""
        found: set[str] = set()
        for index in range(len(self._names)):
            text = self._texts[index * _TEXT_BYTES : (index + 1) * _TEXT_BYTES].rstrip(b"\0")
            with suppress(ValueError):  # read while it was written: the next look will have it
                found.update(json.loads(text or b"[]"))
        return sorted(found)

    def states(self) -> dict[str, str]:
        """Each worker by name: `ready`, `not ready`, or `not running` where it has not said so lately."""
        return {name: self._state(index) for index, name in enumerate(self._names)}

    def _state(self, index: int) -> str:
        ready, at = _CELL.unpack_from(self._memory, index * _CELL.size)
        if not at or time.monotonic() - at > _FRESH_S:
            return "not running"
        return "ready" if ready else "not ready"
