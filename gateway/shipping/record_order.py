"""Whether the records of a chain follow one another, line by line."""

from collections.abc import Callable

from gateway.ledger.segments import Line
from gateway.shipping.formats import Record
from gateway.shipping.watch import Found, ShippingFinding


class RecordOrder:
    """Tells of each line that is no record, and of numbers that are missing or there twice. `expected` is the next number."""

    def __init__(self, chain: str, expected: int, tell: Callable[[ShippingFinding], None]) -> None:
        self._chain, self._expected, self._tell = chain, expected, tell

    def read(self, line: Line) -> Record | None:
        """The record in the next line; None where there is none in it."""
        try:
            record = Record.read(line.raw)
        except ValueError:
            self._find(Found.UNREADABLE, line.seq, line.seq)
            return None
        seq = record.chain.seq
        if seq > self._expected:
            self._find(Found.GAP, self._expected, seq - 1)
        elif seq < self._expected:
            self._find(Found.REPEATED, seq, seq)
        self._expected = seq + 1
        return record

    def _find(self, what: Found, first: int, last: int) -> None:
        self._tell(ShippingFinding(what=what, chain=self._chain, first=first, last=last))
