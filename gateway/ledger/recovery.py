"""Taking up a chain where it was left: cleanly closed, or in the middle of a write.

What no caller was told is durable may be torn: bytes that are no record of this chain are kept aside in
`<segment>.torn`, and what is left is copied to a fresh file, because after a failed sync the system may show pages that
are not on the disk. What a checkpoint has signed is never cut: that is damage, and the gateway must not start over it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from gateway.clock import parse_instant
from gateway.durable import Disk, append_durably, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.heads import EMPTY, Head, contradicts, head_of, last_line_of
from gateway.ledger.records.event import Body
from gateway.ledger.records.outcome import make_interrupted_outcome, needs_outcome
from gateway.ledger.segments import Segment, lines_in, read_records, segments
from gateway.ledger.verification.line import BrokenLineError, check_line

LONGEST_REQUEST = timedelta(minutes=15)
"""No request lives so long; older allows cannot have been interrupted by the crash that is being recovered from."""

CLOSED = "closed"
"""How a lock file's text begins while its chain is closed."""

OPENING = "opening"
"""A lock file's text until the first record of whoever holds its chain is on the disk: a process that ends before has written nothing."""

OPEN = "open"
"""A lock file's text while its chain is open and has a record at least."""

_COPY = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """How a chain was found: its head, whether it had been closed, and how many torn bytes were kept aside."""

    head: Head
    clean: bool
    torn_bytes: int


def make_closed_mark(head: Head) -> str:
    """What a lock file says while its chain is closed."""
    return f"{CLOSED} {head.seq} {head.hash}"


def read_closed_mark(mark: str) -> Head:
    """The head that a lock file says its chain was closed with; an empty one where it says nothing of that kind."""
    word, *rest = mark.split(" ")
    return Head(int(rest[0]), rest[1]) if word == CLOSED and len(rest) == 2 and rest[0].isdecimal() else EMPTY  # noqa: PLR2004


def resume(directory: Path, chain: str, mark: str, *, signed: Head, disk: Disk) -> Resumption:
    """Make a chain ready for its next record. `mark` is its lock file's text, `signed` its head in the last checkpoint.

    Raises:
        ConfigurationError: records that must be there are not, or are damaged.
        OSError: the disk does not let us.
    """
    head = head_of(directory, chain)
    last = segments(directory, chain)[-1:]
    closed = head is not None and mark == make_closed_mark(head) and _ends_with(last, head)
    if head and closed and last and not _is_whole(last[0], chain, head):
        raise _raise_damage(chain)
    clean = closed or (head == EMPTY and not last)
    torn = 0 if clean else _settle(directory, chain, signed, disk)
    head = head_of(directory, chain)
    if head is None or contradicts(head, signed):
        raise _raise_damage(chain)
    return Resumption(head=head, clean=clean, torn_bytes=torn)


def _ends_with(last: Sequence[Segment], head: Head) -> bool:
    """Whether nothing stands behind the last record; a copy may have caught a segment later than its lock file."""
    if not last or last[0].compressed:
        return True
    lines, ending = 0, b""
    with last[0].path.open("rb") as file:
        while data := file.read(_COPY):
            lines, ending = lines + data.count(b"\n"), data[-1:]
    return ending == b"\n" and lines == head.seq - last[0].first_seq + 1


def _is_whole(last: Segment, chain: str, head: Head) -> bool:
    """Whether the last record of a closed chain is as it was written: the next one would vouch for it."""
    raw = last_line_of(last, durable=False)
    try:
        return raw is not None and check_line(raw, chain, head.seq).link.hash == head.hash
    except BrokenLineError:
        return False


def _raise_damage(chain: str) -> ConfigurationError:
    return ConfigurationError(
        [f"chain {chain} of the audit ledger is damaged: run `audit verify`, and keep the folder"]
    )


def _settle(directory: Path, chain: str, signed: Head, disk: Disk) -> int:
    last = segments(directory, chain)[-1:]
    if not last or last[0].compressed:
        return 0
    path, (kept, last_seq, is_signed) = last[0].path, _sound_part(last[0], signed)
    if last_seq < signed.seq or not is_signed:
        raise _raise_damage(chain)
    torn = path.stat().st_size - kept
    if torn:
        _keep_aside(path, kept, disk)
    if kept:
        write_whole(path, _first_bytes(path, kept), disk)
    else:
        disk.remove(path)
        disk.sync_folder(path.parent)
    return torn


def _sound_part(segment: Segment, signed: Head) -> tuple[int, int, bool]:
    """How many bytes are whole records of this chain, each linked to the one before; the last one's seq; whether none of them is another than was signed."""
    size, last_seq, last_hash, is_signed = 0, segment.first_seq - 1, None, True
    for line in lines_in(segment):
        try:
            last_hash = check_line(line.raw, line.chain_id, line.seq, last_hash).link.hash
        except BrokenLineError:
            break
        size, last_seq = size + len(line.raw) + 1, line.seq
        is_signed &= line.seq != signed.seq or last_hash == signed.hash
    return size, last_seq, is_signed


def _keep_aside(path: Path, start: int, disk: Disk) -> None:
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    aside = path.with_name(path.name + ".torn")
    if aside.exists() and aside.read_bytes().endswith(data):
        return  # kept before, by a start that was interrupted itself
    append_durably(aside, data, disk)


def _first_bytes(path: Path, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length:
            data = file.read(min(length, _COPY))
            yield data
            length -= len(data)


def find_interrupted(directory: Path, chain: str, head: Head) -> list[Body]:
    """The outcome records for allows that a crash left without one. Looks back as far as a request can live."""
    open_allows: dict[str, Body] = {}
    for line in read_records(directory, chain, after_seq=_horizon(directory, chain, head)):
        if b'"event_type":"decision"' in line.raw or b'"event_type":"outcome"' in line.raw:
            record: Body = orjson.loads(line.raw)
            if record["event_type"] == "outcome":
                open_allows.pop(record["decision_id"], None)
            elif needs_outcome(record):
                open_allows[record["decision_id"]] = record
    return [make_interrupted_outcome(record) for record in open_allows.values()]


def _horizon(directory: Path, chain: str, head: Head) -> int:
    """The seq after which to look: the segments that reach back far enough, or only the last if times cannot be read."""
    files = segments(directory, chain)
    newest = _first_time(directory, chain, head.seq)
    for segment in reversed(files):
        oldest = _first_time(directory, chain, segment.first_seq)
        if newest is None or oldest is None or newest - oldest > LONGEST_REQUEST:
            return segment.first_seq - 1
    return 0


def _first_time(directory: Path, chain: str, seq: int) -> datetime | None:
    line = next(read_records(directory, chain, after_seq=seq - 1), None)
    return None if line is None else parse_instant(str(orjson.loads(line.raw).get("ts")))
