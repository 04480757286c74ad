"""Reading the ledger as it grows, without the gateway's help."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from gateway.auditing.unseal import Unsealer
from gateway.ledger.segments import Line, Segment, chains, segments

Record = dict[str, Any]
Found = TypeVar("Found")


class Ledger:
    """Every record so far, in the order of each chain; `look` reads what is new."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.records: list[Record] = []
        self._read: dict[Segment, tuple[int, int]] = {}  # bytes and lines
        self._decisions: dict[str, Line] = {}

    def look(self) -> list[Record]:
        """The records that came since the last look. Each file is opened anew: a start after a crash replaces it."""
        new = [
            record
            for chain in chains(self.directory)
            for one in segments(self.directory, chain)
            for record in self._new(one)
        ]
        self.records += new
        return new

    def _new(self, segment: Segment) -> Iterator[Record]:
        size, number = self._read.get(segment, (0, 0))
        with segment.path.open("rb") as file:
            file.seek(size)
            whole = file.read().rpartition(b"\n")[0]
        for raw in whole.split(b"\n") if whole else ():
            size, number = size + len(raw) + 1, number + 1
            record = json.loads(raw)
            if record["event_type"] == "decision":
                line = Line(segment.chain_id, segment.first_seq + number - 1, segment.name, number, raw)
                self._decisions[record["decision_id"]] = line
            yield record
        self._read[segment] = size, number

    def where(self, **fields: Any) -> list[Record]:
        """The records whose fields are all so, by time."""
        self.look()
        found = (each for each in self.records if all(each.get(name) == value for name, value in fields.items()))
        return sorted(found, key=lambda record: record["ts"])

    def one(self, **fields: Any) -> Record:
        """The only record whose fields are so; it may be a moment late, as refusals of unknown callers are."""
        found = self.wait(lambda: self.where(**fields))
        assert len(found) == 1, (fields, found)
        return found[0]

    def wait(self, find: Callable[[], Found], seconds: float = 10) -> Found:
        deadline = time.monotonic() + seconds
        while not (found := find()):
            assert time.monotonic() < deadline, "the ledger does not have it"
            time.sleep(0.02)
        return found

    def opened(self, private_key: str, decision_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What is sealed in these decisions, by their ids, opened with the auditor's key."""
        openers: dict[str, Unsealer] = {}
        found = {}
        for decision_id in decision_ids:
            line = self._decisions[decision_id]
            opened = openers.setdefault(line.file, Unsealer(self.directory, private_key)).open(line)
            assert opened.problem is None
            found[decision_id] = opened.content
        return found
