"""Whether the ledger still is the one that was shipped from: each mark must name a record that lies where it lay."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.ledger.heads import Head, head_of
from gateway.ledger.segments import lines_in, read_records, segments
from gateway.shipping.formats import Record
from gateway.shipping.progress import Marks
from gateway.shipping.watch import Found, ShippingFinding


def marks_that_hold(
    directory: Path, marks: Marks, tell: Callable[[ShippingFinding], None], kept_at: datetime | None = None
) -> dict[str, Head]:
    """The marks to go on from. A chain whose mark does not hold is shipped anew from its start, and `tell` says why.

    A record that lawfully went with its segment proves nothing and its mark is kept. `kept_at` is when the marks were kept, which
    tells what was written since a roll-back, in the place of what was shipped, from what was there before.

    Raises:
        OSError: the ledger cannot be read.
    """
    kept = {}
    for chain, mark in marks.items():
        wrong = _wrong(directory, chain, mark)
        if wrong is None:
            kept[chain] = mark
        else:
            first = _find_first_lost(directory, chain, mark, kept_at) if wrong is Found.ROLLED_BACK else mark.seq
            tell(ShippingFinding(what=wrong, chain=chain, first=first, last=mark.seq))
    return kept


def _find_first_lost(directory: Path, chain: str, mark: Head, kept_at: datetime | None) -> int:
    """The first record that was shipped and that the ledger holds no more, or another one in its place."""
    head = head_of(directory, chain)
    first = mark.seq if head is None else head.seq + 1
    for segment in reversed(segments(directory, chain) if kept_at else []):
        since = next((line.seq for line in lines_in(segment) if _is_later(line.raw, kept_at)), None)
        if since is None:
            break
        first = since
    return min(first, mark.seq)


def _is_later(raw: bytes, kept_at: datetime | None) -> bool:
    try:
        at = Record.read(raw).time
    except ValueError:
        return False
    return at is not None and kept_at is not None and at > kept_at


def _wrong(directory: Path, chain: str, mark: Head) -> Found | None:
    line = next(read_records(directory, chain, after_seq=mark.seq - 1), None)
    if line is None:
        return Found.ROLLED_BACK
    if line.seq != mark.seq or not mark.hash:
        return None
    try:
        same = Record.read(line.raw).chain.hash == mark.hash
    except ValueError:
        same = False
    return None if same else Found.REWRITTEN
