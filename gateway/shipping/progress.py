"""How far each sink has surely got: a small file a sink, replaced as a whole and synced."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.durable import write_whole
from gateway.ledger.heads import Head

_SCHEMA = "lpr.cursor.v1"
_SETTLED, _SENT = "chains", "sent"

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
            return _read_marks(self._read()[_SETTLED])
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def is_there(self) -> bool:
        """Whether there is such a file.

        Raises:
            OSError: nobody may look.
        """
        return self._path.exists()

    def load_sent(self) -> dict[str, Head]:
        """How far the sink was sent records, whether or not it surely has them; empty where that is not kept.

        Raises:
            OSError: the file is there and cannot be read.
        """
        try:
            return _read_marks(self._read().get(_SENT, {}))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def store(self, marks: Marks, sent: Marks | None = None) -> None:
        """Keep these marks, durably; and of a sink that does not acknowledge, how far it was sent records.

        Raises:
            OSError: they are not kept; the ones before them still are.
        """
        document: dict[str, Any] = {"schema": _SCHEMA, _SETTLED: _write_marks(marks)}
        if sent:
            document[_SENT] = _write_marks(sent)
        write_whole(self._path, [orjson.dumps(document, option=orjson.OPT_INDENT_2)])

    def _read(self) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(self._path.read_bytes())
        if document["schema"] != _SCHEMA:
            raise ValueError("another schema")
        return document


def _read_marks(written: Mapping[str, Any]) -> dict[str, Head]:
    return {chain: Head(int(mark["seq"]), str(mark["hash"])) for chain, mark in written.items()}


def _write_marks(marks: Marks) -> dict[str, Any]:
    return {chain: {"seq": mark.seq, "hash": mark.hash} for chain, mark in marks.items()}


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
