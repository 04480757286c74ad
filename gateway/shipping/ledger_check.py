"""Whether the ledger still is the one that was shipped from: each mark must name a record that is still there.

A mark has the place of its record, which is that of its line, and its hash. Where lines were taken out of a segment or put in, the
place is another, and the record is not.
"""

from collections.abc import Callable, Sequence
from itertools import takewhile
from pathlib import Path

from gateway.ledger.heads import Head, head_of
from gateway.ledger.records.form import Link
from gateway.ledger.segments import Line, Segment, lines_in, read_records, segments
from gateway.shipping.formats import Record
from gateway.shipping.pacing import pace
from gateway.shipping.progress import Marks
from gateway.shipping.record_order import RecordOrder
from gateway.shipping.watch import Found, ShippingFinding

Tell = Callable[[ShippingFinding], None]


def marks_that_hold(directory: Path, marks: Marks, tell: Tell) -> dict[str, Head]:
    """The marks to go on from; `tell` is told what was done to the ledger.

    A chain that ends before its mark, or has another record there, is shipped anew from its start. A mark goes along with a record
    whose place is another, and where that record was taken out stands before the next. A record that lawfully went with its segment
    proves nothing and its mark is kept.

    Raises:
        OSError: the ledger cannot be read.
    """
    found = {chain: _hold(directory, chain, mark, tell) for chain, mark in marks.items()}
    return {chain: mark for chain, mark in found.items() if mark is not None}


def find_next_seq(directory: Path, chain: str, mark: Head | None) -> int:
    """The number of the record after a mark that holds: it is not that of the next line where lines before are missing.

    Raises:
        OSError: the ledger cannot be read.
    """
    if mark is None:
        return 1
    link = _read_at(directory, chain, mark.seq)
    return (link.seq if link is not None and link.hash == mark.hash else mark.seq) + 1


def _read_at(directory: Path, chain: str, place: int) -> Link | None:
    line = next(read_records(directory, chain, after_seq=place - 1), None)
    return _read_link(line) if line is not None and line.seq == place else None


def _read_link(line: Line) -> Link | None:
    try:
        return Record.read(line.raw).chain
    except ValueError:
        return None


def _hold(directory: Path, chain: str, mark: Head, tell: Tell) -> Head | None:
    """The mark, or another in its stead; None where the chain is to be shipped anew."""
    link = _read_at(directory, chain, mark.seq)
    if link is not None and link.hash == mark.hash:
        return mark
    place = _find(directory, chain, mark)
    if isinstance(place, Found):
        _tell_anew(place, directory, chain, mark, tell)
        return None
    if place != mark:
        _tell_odd(_segment_of(directory, chain, mark), place, tell)
    return place


def _segment_of(directory: Path, chain: str, mark: Head) -> Segment | None:
    begun = [file for file in segments(directory, chain) if file.first_seq <= mark.seq]
    return begun[-1] if begun else None


def _find(directory: Path, chain: str, mark: Head) -> Head | Found:
    """Where the mark stands now; else what says that it stands nowhere."""
    segment = _segment_of(directory, chain, mark)
    if segment is None or not mark.hash:
        rest = next(read_records(directory, chain, after_seq=mark.seq - 1), None)
        return Found.ROLLED_BACK if rest is None else mark
    place = _find_place(list(pace(lines_in(segment))), mark)
    is_last = segments(directory, chain)[-1].first_seq == segment.first_seq
    return mark if place is Found.ROLLED_BACK and not is_last else place


def _tell_odd(segment: Segment | None, place: Head, tell: Tell) -> None:
    """What is missing, twice there or no record up to a place in a segment."""
    if segment is not None:
        order = RecordOrder(segment.chain_id, segment.first_seq, tell)
        for line in pace(takewhile(lambda line: line.seq <= place.seq, lines_in(segment))):
            order.read(line)


def _find_place(lines: Sequence[Line], mark: Head) -> Head | Found:
    """Where in its segment the mark stands now: at its record, or before what follows where that was taken out; else why nowhere."""
    links = [_read_link(line) for line in pace(lines)]
    for line, link in zip(lines, links, strict=True):
        if link is not None and link.hash == mark.hash and link.seq >= mark.seq:
            return Head(line.seq, mark.hash)
    if any(link is not None and link.seq == mark.seq for link in links):
        return Found.REWRITTEN
    for line, link, before in zip(lines, links, [None, *links], strict=False):
        if link is None and line.seq == mark.seq:
            return Head(line.seq, "")
        if link is not None and link.seq > mark.seq:
            return Head(line.seq - 1, before.hash if before else "")
    return Found.ROLLED_BACK


def _tell_anew(what: Found, directory: Path, chain: str, mark: Head, tell: Tell) -> None:
    """That the chain is shipped anew, with the numbers of what the sink has and the ledger has not."""
    head = head_of(directory, chain) if what is Found.ROLLED_BACK else None
    first = mark.seq if head is None else min(head.seq + 1, mark.seq)
    tell(ShippingFinding(what=what, chain=chain, first=first, last=mark.seq))
