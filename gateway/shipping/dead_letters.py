"""Records that a receiver will never take: kept beside its cursor, as the ledger has them, and still in the ledger."""

from collections.abc import Iterable
from pathlib import Path

from gateway.durable import append_durably
from gateway.shipping.formats import Record


def dead_letters_file(folder: Path, sink: str) -> Path:
    """Where a sink's lie, beside its cursor; there is none while the receiver took all."""
    return folder / f"{sink}.dead.jsonl"


class DeadLetters:
    """One sink's file: a ledger line each, evidence like any segment, and not what the sink sends: it is shipped again from the ledger."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, records: Iterable[Record]) -> None:
        """Keep these, durably.

        Raises:
            OSError: they are not kept; the cursor must not move past them.
        """
        append_durably(self._path, b"".join(record.raw + b"\n" for record in records))
