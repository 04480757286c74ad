"""A ledger in portions that processes read by themselves: a record is read where it is judged, and is sent nowhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from gateway.ledger.segments import Segment, chains, lines_in, open_segment, segments

PORTION_BYTES: Final = 1 << 21
_TS: Final = re.compile(rb'"ts":"([0-9TZ:.\-]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """The lines of one segment that begin at `start` or later and before `end`; compressed ones are read whole.

    `since` is the instant from which on records count, as they write it, and `until` the one before which they do.
    """

    segment: Segment
    start: int = 0
    end: int | None = None
    since: str = ""
    until: str | None = None

    def read(self) -> Iterator[bytes]:
        """What may be a decision in it, whoever made it, each as it lies there; a reading of decisions names them too."""
        return (raw for raw in self._lines() if self._counts(raw))

    def _lines(self) -> Iterator[bytes]:
        if self.end is None:
            yield from (line.raw for line in lines_in(self.segment))
            return
        with open_segment(self.segment) as file:
            at = self.start
            if at:
                _skip(file, at - 1)
                at += len(file.readline()) - 1  # the rest of a line that begins before
            while at < self.end and (raw := file.readline()).endswith(b"\n"):
                at += len(raw)
                yield raw[:-1]

    def _counts(self, raw: bytes) -> bool:
        if b'"event_type":"decision"' not in raw:
            return False
        found = _TS.search(raw, max(0, raw.rfind(b'"ts":"')))
        if found is None:
            return True
        return found[1] >= self.since.encode() and (self.until is None or found[1] < self.until.encode())


def portion_ledger(
    directory: Path, since: str = "", until: str | None = None, portion_bytes: int = PORTION_BYTES
) -> Iterator[Portion]:
    """Every record of the ledger, in portions of about this size; all instants are written alike, so texts compare."""
    for chain in chains(directory):
        for segment in segments(directory, chain):
            size = _plain_size(segment)
            if size is None:
                yield Portion(segment=segment, since=since, until=until)
            for start in range(0, size or 0, portion_bytes):
                yield Portion(segment=segment, start=start, end=start + portion_bytes, since=since, until=until)


def _plain_size(segment: Segment) -> int | None:
    try:
        return None if segment.compressed else segment.path.stat().st_size
    except FileNotFoundError:  # compressed since it was listed
        return None


def _skip(file: BinaryIO, count: int) -> None:
    if file.seekable():
        file.seek(count)
        return
    while count > 0 and (piece := file.read(min(count, PORTION_BYTES))):  # compressed since it was listed
        count -= len(piece)
