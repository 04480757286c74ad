"""A file of one text a line, as collectors on the same machine read it. It may be rotated at any time.

Its lines are whole, but for the last one while it is written, or after a crash: what a full disk cut off is taken away.
"""

import errno
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from pathlib import Path

from gateway.durable import RealDisk, is_special
from gateway.ledger.segments import LONGEST_LINE
from gateway.shipping.formats import Format, Record, write_fitting
from gateway.shipping.pacing import pace
from gateway.shipping.sinks.sink import Attempt, Coming, DeliveryState

_LINE_END = b"\n"
_STEP = 1 << 16


def _nothing() -> Iterator[Record]:
    return iter(())


class JsonLinesSink:
    """Appends, syncs, and only then says so. Opened anew for each batch: a renamed file is left alone at once."""

    settle_s = 0.0

    def __init__(self, path: Path, form: Format, *, embed: bool = True) -> None:
        self._path, self._form, self._embed = path, form, embed
        self._disk = RealDisk()
        self._coming: Coming = _nothing

    def expect(self, coming: Coming) -> None:
        """Half a line that stands at the file's end, left by a crash, is the beginning of one of these, or of none any more."""
        self._coming = coming

    def send(self, batch: Sequence[Record]) -> Attempt:
        """Append these records; where not all of them fit, those that do are there."""
        lines = [self._write_line(record) for record in pace(batch)]
        try:
            taken, why = self._append(lines)
        except OSError as error:
            taken, why = 0, _explain(error)
        return Attempt() if taken == len(lines) else Attempt(left=tuple(batch[taken:]), why=why)

    def _append(self, lines: Sequence[bytes]) -> tuple[int, str | None]:
        """Write and sync; how many of the lines stand there, and where these are not all, why."""
        if is_special(self._path):
            raise OSError(errno.EINVAL, "it is a pipe or a device, and no plain file")
        is_new = not self._path.exists()
        descriptor = self._disk.extend(self._path)
        try:
            self._end_whole(descriptor, lines)
            taken, why = self._write(descriptor, lines)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            self._disk.sync_folder(self._path.parent)
        return taken, why

    def _end_whole(self, descriptor: int, lines: Sequence[bytes]) -> None:
        """Take the beginning of a line that a crash left away where that line comes again, now or later; else end it.

        Whole lines are never taken away, for a collector may have read them, and would begin anew at a file that shrank below that.
        """
        torn = self._read_torn(descriptor)
        if torn and any(line.startswith(torn) for line in chain(lines, self._lines_to_come())):
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(torn))
        elif torn:
            self._disk.write(descriptor, _LINE_END)
        self._coming = _nothing

    def _lines_to_come(self) -> Iterator[bytes]:
        return (self._write_line(record) for record in pace(self._coming()))

    def _write_line(self, record: Record) -> bytes:
        return write_fitting(self._form, record, embed=self._embed) + _LINE_END

    def _read_torn(self, descriptor: int) -> bytes:
        """What stands after the last line end; of what is longer than any line only the last octets."""
        with self._path.open("rb") as file:
            if not os.path.sameopenfile(file.fileno(), descriptor):
                raise FileNotFoundError(f"{self._path} was renamed at this moment")
            size, span = file.seek(0, os.SEEK_END), _STEP
            tail = os.pread(file.fileno(), span, max(0, size - span))
            while _LINE_END not in tail and span < min(size, LONGEST_LINE):
                span *= 4
                tail = os.pread(file.fileno(), span, max(0, size - span))
        return tail[tail.rfind(_LINE_END) + 1 :]

    def _write(self, descriptor: int, lines: Sequence[bytes]) -> tuple[int, str | None]:
        start = os.fstat(descriptor).st_size
        try:
            self._disk.write(descriptor, b"".join(lines))
        except OSError as error:
            return _cut_off(descriptor, list(accumulate(map(len, lines), initial=start))), _explain(error)
        return len(lines), None

    def delivery_state(self) -> DeliveryState:
        """What was synced is there."""
        return DeliveryState.ARRIVED

    def close(self) -> None:
        """Nothing is kept open."""


def _explain(error: OSError) -> str:
    return f"the file cannot be written: {error.strerror or type(error).__name__}"


def _cut_off(descriptor: int, ends: Sequence[int]) -> int:
    """Take our own half line away, from where the last line ends that is whole; how many are. `ends` begins with the first's beginning.

    Of a file that somebody else shortened meanwhile nothing is taken away.
    """
    whole = bisect_right(ends, os.fstat(descriptor).st_size) - 1
    if whole < 0:
        return 0
    os.ftruncate(descriptor, ends[whole])
    return whole
