"""How many connections each worker of one gateway holds, so that the next goes to the one with fewest.

The system wakes the same waiting worker again and again: of sixteen connections that come at once it would get them all,
and keep them for hours. So each worker tells the others its number, in memory that all share, one cell a worker.
"""

import mmap
import struct

_CELL = struct.Struct("<I")
_TAKES_NONE = 0xFFFFFFFF


class ConnectionCounts:
    """One cell for each of so many workers. Make it before the first of them; each calls `take` once."""

    def __init__(self, workers: int) -> None:
        self._cells, self._own = range(workers), 0
        self._memory = mmap.mmap(-1, _CELL.size * workers)
        for cell in self._cells:  # nobody leaves a connection to a worker that has not begun
            self._write(cell, _TAKES_NONE)

    def take(self, place: int) -> None:
        """From now on, what this process posts is about the worker of this place, from 0."""
        self._own = place

    def post(self, count: int) -> None:
        """Tell how many connections this worker holds."""
        self._write(self._own, count)

    def post_none(self) -> None:
        """Tell that this worker takes no more."""
        self._write(self._own, _TAKES_NONE)

    def is_fewest(self) -> bool:
        """Whether no other worker that takes connections holds fewer than this one."""
        own = self._read(self._own)
        return all(own <= self._read(cell) for cell in self._cells)

    def _read(self, cell: int) -> int:
        count: int = _CELL.unpack_from(self._memory, cell * _CELL.size)[0]
        return count

    def _write(self, cell: int, count: int) -> None:
        _CELL.pack_into(self._memory, cell * _CELL.size, count)
