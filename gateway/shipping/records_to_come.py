"""What a sink has still to get, looked through without being read away: in no batches, and whether or not it is durable."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.ledger.segments import chains, read_records
from gateway.shipping.formats import Record
from gateway.shipping.progress import Marks


def records_to_come(directory: Path, marks: Marks) -> Iterator[Record]:
    """Every record after the marks, in order in each chain; the chains by turns, so that what comes next of each is soon seen.

    Raises:
        OSError: the ledger cannot be read.
    """
    waiting = [
        read_records(directory, chain, after_seq=marks[chain].seq if chain in marks else 0)
        for chain in chains(directory)
    ]
    while waiting:
        for lines in tuple(waiting):
            line = next(lines, None)
            if line is None:
                waiting.remove(lines)
                continue
            with suppress(ValueError):  # what is no record is not shipped
                yield Record.read(line.raw)
