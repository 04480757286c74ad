"""A file of one text a line, as collectors on the same machine read it. It may be rotated at any time."""

import os
from collections.abc import Sequence
from pathlib import Path

from gateway.durable import RealDisk
from gateway.shipping.formats import Format, Record, write_fitting
from gateway.shipping.pacing import pace
from gateway.shipping.sinks.sink import Attempt, DeliveryState

_CANNOT_WRITE = "the file cannot be written"
_LINE_END = b"\n"


class JsonLinesSink:
    """Appends, syncs, and only then says so. Opened anew for each batch: a renamed file is left alone at once."""

    settle_s = 0.0

    def __init__(self, path: Path, form: Format, *, embed: bool = True) -> None:
        self._path, self._form, self._embed = path, form, embed
        self._disk = RealDisk()

    def send(self, batch: Sequence[Record]) -> Attempt:
        """Append these records."""
        lines = b"".join(write_fitting(self._form, record, embed=self._embed) + _LINE_END for record in pace(batch))
        try:
            self._append(lines)
        except OSError:
            return Attempt(left=tuple(batch), why=_CANNOT_WRITE)
        return Attempt()

    def _append(self, lines: bytes) -> None:
        is_new = not self._path.exists()
        descriptor = self._disk.extend(self._path)
        try:
            self._disk.write(descriptor, lines if self._ends_whole() else _LINE_END + lines)
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            self._disk.sync_folder(self._path.parent)

    def _ends_whole(self) -> bool:
        """Whether the last line is complete: a full disk or a crash may have cut it off, and it is written again."""
        with self._path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            return size == 0 or os.pread(file.fileno(), 1, size - 1) == _LINE_END

    def delivery_state(self) -> DeliveryState:
        """What was synced is there."""
        return DeliveryState.ARRIVED

    def close(self) -> None:
        """Nothing is kept open."""
