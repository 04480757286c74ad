"""Where the ledger lies on disk, and how it is read: in order, compressed or not, while it is being written.

    <directory>/<chain id>/<first seq, 16 digits>.jsonl[.zst]

A line's number in its file gives its place in the chain (`first seq + line number - 1`); that it is there rightly is
for `verify` to say. Bytes after the last line feed belong to a record that is being written, or was torn: never read.
"""

import errno
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from gateway.ledger.frames import is_whole

LONGEST_LINE = 16 << 20
"""Bytes. A record is far shorter; a file with longer lines is none of ours and is read in pieces, never whole."""

_CHAIN = re.compile(r"w\d{1,3}|cli|edge")
_SEGMENT = re.compile(r"(\d{16})\.jsonl(\.zst)?")


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of one chain. `name` is its path below the directory, as breaks and findings call it."""

    chain_id: str
    first_seq: int
    path: Path

    @property
    def name(self) -> str:
        """As `w0/0000000000000001.jsonl`."""
        return f"{self.chain_id}/{self.path.name}"

    @property
    def compressed(self) -> bool:
        """Whether it is a closed segment, compressed with zstd."""
        return self.path.suffix == ".zst"


@dataclass(frozen=True, slots=True)
class Line:
    """One record as it lies there: `raw` is the whole line without its line feed; `line_no` counts from 1."""

    chain_id: str
    seq: int
    file: str
    line_no: int
    raw: bytes = field(repr=False)


def chains(directory: Path) -> list[str]:
    """The ids of all chains that have a folder, sorted."""
    if not directory.is_dir():
        return []
    return sorted(entry.name for entry in directory.iterdir() if _CHAIN.fullmatch(entry.name) and entry.is_dir())


def segments(directory: Path, chain: str) -> list[Segment]:
    """The files of a chain in order. Where compression was interrupted the plain file counts."""
    found: dict[int, Segment] = {}
    folder = directory / chain
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = _SEGMENT.fullmatch(path.name)
        if match is not None:  # sorted: the plain file comes before its compressed form
            found.setdefault(int(match[1]), Segment(chain, int(match[1]), path))
    return [found[first] for first in sorted(found)]


def holds_records(directory: Path) -> bool:
    """Whether there is any segment of any chain: else the folder is no ledger, or all of it was taken away."""
    return any(segments(directory, chain) for chain in chains(directory))


def segment_path(directory: Path, chain: str, first_seq: int) -> Path:
    """Where the segment that begins with this record is written."""
    return directory / chain / f"{first_seq:016d}.jsonl"


def segment_chain(name: str) -> tuple[str, int] | None:
    """The chain and the first seq of a segment, by its name (`w0/0000000000000001.jsonl`); None where it is none's."""
    chain, _, file = name.partition("/")
    match = _SEGMENT.fullmatch(file)
    return (chain, int(match[1])) if match and _CHAIN.fullmatch(chain) else None


def open_segment(segment: Segment) -> BinaryIO:
    """The uncompressed bytes of a segment, buffered.

    Raises:
        OSError: it cannot be read.
    """
    if segment.compressed:
        return _decompress(segment.path)
    try:
        return segment.path.open("rb", buffering=1 << 20)
    except FileNotFoundError:  # compressed since it was listed
        return _decompress(segment.path.with_suffix(".jsonl.zst"))


def _decompress(path: Path) -> BinaryIO:
    return io.BufferedReader(_Unpacking(path, path.open("rb")), 1 << 20)


class _Unpacking(io.RawIOBase):
    """What is in a compressed file. Damage to it is an error of reading, as it is of any other file."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file
        self._reader = zstandard.ZstdDecompressor().stream_reader(file, closefd=False, read_across_frames=True)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written into
        try:
            read = self._reader.readinto(buffer)
        except zstandard.ZstdError:
            raise self._damage("what was compressed in it is damaged") from None
        if not read and len(buffer) and not is_whole(self._file):
            raise self._damage("it was cut short")
        return read

    def _damage(self, told: str) -> OSError:
        return OSError(errno.EBADMSG, f"{told}: run `audit verify`", str(self._path))

    def close(self) -> None:
        self._file.close()
        super().close()


def lines_in(segment: Segment) -> Iterator[Line]:
    """The complete lines of one segment."""
    with open_segment(segment) as file:
        number = 0
        while (raw := file.readline(LONGEST_LINE)).endswith(b"\n"):
            number += 1
            yield Line(segment.chain_id, segment.first_seq + number - 1, segment.name, number, raw[:-1])


def read_records(directory: Path, chain: str | None = None, after_seq: int = 0) -> Iterator[Line]:
    """The records of one chain, or of all chains one after the other, in order, beginning after `after_seq`."""
    for name in chains(directory) if chain is None else [chain]:
        files = segments(directory, name)
        for index, segment in enumerate(files):
            if index + 1 < len(files) and files[index + 1].first_seq <= after_seq + 1:
                continue
            yield from (line for line in lines_in(segment) if line.seq > after_seq)


class Follower:
    """Reads one chain as it grows; each byte once. Not for use by several threads at a time."""

    def __init__(self, directory: Path, chain: str, after_seq: int = 0) -> None:
        self._directory, self._chain, self._after = directory, chain, after_seq
        self._segment: Segment | None = None
        self._file: BinaryIO | None = None
        self._line_no = 0
        self._part = b""

    def read(self, limit: int) -> list[Line]:
        """At most `limit` records that were not given before; none where there is nothing new."""
        lines: list[Line] = []
        while len(lines) < limit:
            line, following = self._next_line(), None
            if line is None:  # only then are the files listed, and the end read once more: with a successor it is final
                following = self._follow()
                line = self._next_line()
            if line is not None and line.seq > self._after:
                lines.append(line)
                self._after = line.seq
            elif line is None and following is None:
                break
            elif following is not None and line is None:
                self._enter(following)
        return lines

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _next_line(self) -> Line | None:
        if self._file is None or self._segment is None:
            return None
        self._part += self._file.readline(LONGEST_LINE)
        if not self._part.endswith(b"\n"):
            return None
        raw, self._part = self._part[:-1], b""
        self._line_no += 1
        segment = self._segment
        return Line(segment.chain_id, segment.first_seq + self._line_no - 1, segment.name, self._line_no, raw)

    def _follow(self) -> Segment | None:
        """The segment to go on with: the successor of the present one, or where the records not yet given begin."""
        files = segments(self._directory, self._chain)
        if self._segment is not None:
            first = self._segment.first_seq + (0 if self._is_replaced() else 1)
            return next((file for file in files if file.first_seq >= first), None)
        begun = [file for file in files if file.first_seq <= self._after + 1]
        return next(iter(begun[-1:] or files), None)

    def _is_replaced(self) -> bool:
        """Whether its name means another file by now: after a crash, the last segment is copied to a fresh one."""
        if self._segment is None or self._file is None or self._segment.compressed:
            return False
        try:
            return os.fstat(self._file.fileno()).st_ino != self._segment.path.stat().st_ino
        except OSError:  # compressed or deleted since: what is open is whole, and its successor goes on
            return False

    def _enter(self, segment: Segment) -> None:
        self.close()
        self._segment, self._file, self._line_no, self._part = segment, open_segment(segment), 0, b""
