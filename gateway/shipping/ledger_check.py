"""Whether the ledger still is the one that was shipped from: each mark must name a record that lies where it lay."""

from collections.abc import Callable
from pathlib import Path

from gateway.ledger.heads import Head, head_of
from gateway.ledger.segments import read_records
from gateway.shipping.formats import Record
from gateway.shipping.progress import Marks
from gateway.shipping.watch import Found, ShippingFinding


def marks_that_hold(directory: Path, marks: Marks, tell: Callable[[ShippingFinding], None]) -> dict[str, Head]:
    """The marks to go on from. A chain whose mark does not hold is shipped anew from its start, and `tell` says why.

    A record that lawfully went with its segment proves nothing and its mark is kept.

    Raises:
        OSError: the ledger cannot be read.
    """
    kept = {}
    for chain, mark in marks.items():
        wrong = _wrong(directory, chain, mark)
        if wrong is None:
            kept[chain] = mark
        else:
            head = head_of(directory, chain) if wrong is Found.ROLLED_BACK else None
            tell(
                ShippingFinding(
                    what=wrong,
                    chain=chain,
                    first=mark.seq if head is None else min(head.seq + 1, mark.seq),
                    last=mark.seq,
                )
            )
    return kept


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
