"""How far each sink has surely got: a small file a sink, replaced as a whole and synced."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import orjson

from gateway.durable import write_whole
from gateway.ledger.heads import Head

_SCHEMA = "lpr.cursor.v1"


Marks = Mapping[str, Head]
"""For each chain its last record that was shipped; a chain that has none was not shipped yet."""


class Cursor:
    """The file that holds how far one sink has got."""

    def __init__(self, folder: Path, sink: str) -> None:
        self._path = folder / f"{sink}.json"

    def load(self) -> dict[str, Head] | None:
        """The marks; None where there is no file, or not a whole one: everything must then be shipped, again.

        Raises:
            OSError: the file is there and cannot be read.
        """
        try:
            document = orjson.loads(self._path.read_bytes())
            if document["schema"] != _SCHEMA:
                return None
            return {chain: Head(int(mark["seq"]), str(mark["hash"])) for chain, mark in document["chains"].items()}
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def store(self, marks: Marks) -> None:
        """Keep these marks, durably.

        Raises:
            OSError: they are not kept; the ones before them still are.
        """
        chains = {chain: {"seq": mark.seq, "hash": mark.hash} for chain, mark in marks.items()}
        write_whole(self._path, [orjson.dumps({"schema": _SCHEMA, "chains": chains}, option=orjson.OPT_INDENT_2)])


def find_shipped(folder: Path, sinks: Iterable[str]) -> dict[str, int] | None:
    """For each chain, the last record that every one of these sinks surely has; None where there are no sinks.

    A chain that is not in the answer was not shipped to all of them yet: nothing of it may be deleted.

    Raises:
        OSError: a cursor cannot be read.
    """
    all_marks = [Cursor(folder, sink).load() or {} for sink in sinks]
    if not all_marks:
        return None
    chains = set.intersection(*(set(marks) for marks in all_marks))
    return {chain: min(marks[chain].seq for marks in all_marks) for chain in sorted(chains)}
