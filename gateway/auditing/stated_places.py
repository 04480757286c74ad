"""Records under the places that they state themselves, where something before them in their segment was removed or put in."""

from collections.abc import Iterator
from dataclasses import replace

import orjson

from gateway.ledger.records.form import link_of
from gateway.ledger.segments import Line, Segment, lines_in
from gateway.ledger.verification.line import BrokenLineError, check_line


def lines_as_stated(segment: Segment) -> Iterator[Line]:
    """The lines of a segment, each with the number that its record states; what is no record of this chain is passed over."""
    for line in lines_in(segment):
        seq = _read_seq(line)
        if seq is not None:
            yield line if seq == line.seq else replace(line, seq=seq)


def is_displaced(line: Line) -> bool:
    """Whether it does not stand where its record says."""
    return _read_seq(line) != line.seq


def is_sound(line: Line) -> bool:
    """Whether it is the record of its place, as it was written."""
    try:
        check_line(line.raw, line.chain_id, line.seq)
    except BrokenLineError:
        return False
    return True


def _read_seq(line: Line) -> int | None:
    try:
        value = orjson.loads(line.raw)
    except ValueError:
        return None
    link = link_of(value) if isinstance(value, dict) else None
    return link.seq if link is not None and link.chain_id == line.chain_id else None
