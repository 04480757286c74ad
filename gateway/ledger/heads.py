"""The head of a chain: the number and hash of its last record. Read from the end of its last file, live or not."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from gateway.clock import parse_instant
from gateway.ledger.records.form import GENESIS, link_of
from gateway.ledger.segments import LONGEST_LINE, Segment, chains, lines_in, segments
from gateway.ledger.verification.line import BrokenLineError, check_line
from gateway.model import Json

_STEP = 1 << 16


class Head(NamedTuple):
    """The last record of a chain; `seq` 0 and the genesis hash where there is none yet."""

    seq: int
    hash: str


EMPTY = Head(0, GENESIS)


def head_of(directory: Path, chain: str, *, durable: bool = False) -> Head | None:
    """The head of a chain as it lies there; None where its last line is not a record, for `verify` to judge.

    With `durable`, what is read is on the disk before it is given: another process may not have synced it yet, and
    what is signed or cited must not be lost with the power.
    """
    for segment in reversed(segments(directory, chain)):
        raw = last_line_of(segment, durable=durable)
        if raw is not None:
            return _read_stated(raw)
    return EMPTY


def heads(directory: Path, *, without: str | None = None, durable: bool = True) -> dict[str, Head]:
    """The heads of all chains that have one, but for one; not of a chain whose last record is not what its hash says.

    What is signed or cited is vouched for: damage must not be, or what is put right later would contradict it.
    """
    found = {chain: _read_sound(directory, chain, durable=durable) for chain in chains(directory) if chain != without}
    return {chain: head for chain, head in found.items() if head is not None and head != EMPTY}


def contradicts(present: Head, signed: Head) -> bool:
    """Whether a chain ends before what was signed of it, or with another record just there."""
    return present.seq < signed.seq or (present.seq == signed.seq and present.hash != signed.hash)


def cite_heads(directory: Path, *, without: str, signed: Callable[[str], Head]) -> dict[str, Json]:
    """The heads of the other chains as records give them, `{chain id: {seq, hash}}`: of those that are what was signed of them."""
    found = heads(directory, without=without)
    return {
        chain: {"seq": head.seq, "hash": head.hash}
        for chain, head in found.items()
        if not contradicts(head, signed(chain))
    }


def _read_sound(directory: Path, chain: str, *, durable: bool) -> Head | None:
    for segment in reversed(segments(directory, chain)):
        raw = last_line_of(segment, durable=durable)
        if raw is not None:
            stated = _read_stated(raw)
            return stated if stated is not None and _is_sound(raw, chain, stated) else None
    return EMPTY


def _is_sound(raw: bytes, chain: str, stated: Head) -> bool:
    try:
        check_line(raw, chain, stated.seq)
    except BrokenLineError:
        return False
    return True


def last_times(directory: Path) -> dict[str, tuple[int, datetime]]:
    """Number and time of the last record of each chain, where both can be read."""
    found: dict[str, tuple[int, datetime]] = {}
    for chain in chains(directory):
        last = [raw for segment in segments(directory, chain)[-1:] if (raw := last_line_of(segment, durable=False))]
        value: Any = _parse(last[0]) if last else None
        link = link_of(value) if isinstance(value, dict) else None
        at = parse_instant(str(value.get("ts"))) if link else None
        if link is not None and at is not None:
            found[chain] = (link.seq, at)
    return found


def _parse(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value, or None for none
    try:
        return orjson.loads(raw)
    except ValueError:
        return None


def _read_stated(raw: bytes) -> Head | None:
    value = _parse(raw)
    link = link_of(value) if isinstance(value, dict) else None
    return None if link is None else Head(link.seq, link.hash)


def last_line_of(segment: Segment, *, durable: bool) -> bytes | None:
    """The last complete line of a segment, without its line feed; None where it has none."""
    if segment.compressed:
        last = None
        for line in lines_in(segment):
            last = line.raw
        return last
    descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        raw = _read_back(descriptor)
        if durable:
            os.fdatasync(descriptor)
    except OSError as error:  # of an open file it does not say which
        raise OSError(error.errno, error.strerror, str(segment.path)) from None
    finally:
        os.close(descriptor)
    return raw


def _read_back(descriptor: int) -> bytes | None:
    """The last complete line of a file, read from its end."""
    size = os.fstat(descriptor).st_size
    span = _STEP
    while True:
        start = max(0, size - span)
        data = os.pread(descriptor, size - start, start)
        end = data.rfind(b"\n")
        begin = data.rfind(b"\n", 0, end) if end >= 0 else -1
        if begin >= 0 or start == 0 or span > LONGEST_LINE:
            return data[begin + 1 : end] if end >= 0 else None
        span *= 4
