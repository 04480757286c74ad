"""The writing end of one chain: lines go to the end of its last segment and are on the disk when `append` returns."""

import errno
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from gateway.clock import now, parse_instant
from gateway.durable import Disk, FilePlace, find_place
from gateway.ledger.heads import Head
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.records.form import Halves, Link, chain_halves
from gateway.ledger.segments import Segment, lines_in, segment_path, segments


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLimits:
    """When a segment ends and the next begins."""

    max_bytes: int
    max_age_s: float


class Chain:
    """Not thread-safe: only who holds the chain's lock and leads the commit calls it.

    After any OSError what is on the disk is unknown: the object must not be used again.
    """

    def __init__(
        self,
        directory: Path,
        chain_id: str,
        head: Head,
        *,
        disk: Disk,
        limits: SegmentLimits,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.chain_id, self.head = chain_id, head
        self._directory, self._disk, self._limits = directory, disk, limits
        self._first = head.seq + 1
        self._descriptor: int | None = None
        self._place: FilePlace | None = None
        self._size, self._began = 0, time.monotonic()
        last = segments(directory, chain_id)[-1:]
        if last and not last[0].compressed:
            self._first = last[0].first_seq
            self._descriptor = disk.extend(last[0].path)
            self._place = find_place(last[0].path, self._descriptor)
            self._size = os.fstat(self._descriptor).st_size
            self._began -= _read_age(last[0], clock())

    @property
    def is_full(self) -> bool:
        """Whether the present segment has reached its size or age."""
        aged = time.monotonic() - self._began >= self._limits.max_age_s
        return self._descriptor is not None and self._size > 0 and (aged or self._size >= self._limits.max_bytes)

    def turn_over(self) -> Body:
        """End the present segment; the next record begins another. Gives the record that says so."""
        closed = segment_path(self._directory, self.chain_id, self._first)
        first, size = self._first, self._size
        self.close()
        return admin_record(
            "segment.closed",
            segment=f"{self.chain_id}/{closed.name}",
            first_seq=first,
            last_seq=self.head.seq,
            bytes=size,
        )

    def append(self, batch: Sequence[Halves]) -> list[Link]:
        """Chain, write and sync these records; their links, in the same order.

        Raises:
            OSError: some or all of them may be lost, or lie where nobody reads them.
        """
        lines, links, head = [], [], self.head
        for parts in batch:
            line, link = chain_halves(parts, self.chain_id, head.seq + 1, head.hash)
            head = Head(link.seq, link.hash)
            lines += [line, b"\n"]
            links.append(link)
        data = b"".join(lines)
        if self._descriptor is None:
            self._write_new(data)
        else:
            self._disk.write(self._descriptor, data)
            self._disk.sync(self._descriptor)
        self.require_place()
        self.head, self._size = head, self._size + len(data)
        return links

    def require_place(self) -> None:
        """Return where what is written is where readers look for it. May be called by any thread.

        Raises:
            OSError: the folder was moved, deleted or replaced, and takes with it whatever is written.
        """
        place = self._place
        if place is not None and not place.is_there() and self._place is place:  # else it was closed meanwhile
            name = f"{self.chain_id}/{place.path.name}"
            raise OSError(
                errno.ESTALE, f"{name} is not where it was: its folder was moved or replaced while the gateway runs"
            )

    def close(self) -> None:
        """Let go of the present segment."""
        self._place = None
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _write_new(self, data: bytes) -> None:
        self._first = self.head.seq + 1
        path = segment_path(self._directory, self.chain_id, self._first)
        self._descriptor = self._disk.create(path)
        self._disk.write(self._descriptor, data)
        self._disk.sync(self._descriptor)
        self._disk.sync_folder(path.parent)
        self._place = find_place(path, self._descriptor)
        self._size, self._began = 0, time.monotonic()


def _read_age(segment: Segment, at: datetime) -> float:
    """Seconds since the first record of a segment was made; 0 where it does not say.

    The file's own times are those of the last write: a chain that is opened again and again would never grow old by them.
    """
    try:
        line = next(lines_in(segment), None)
        began = parse_instant(str(orjson.loads(line.raw)["ts"])) if line else None
    except (ValueError, LookupError, TypeError):
        return 0.0
    return max(0.0, (at - began).total_seconds()) if began else 0.0
