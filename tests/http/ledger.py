"""Reading the ledger as it grows, without the gateway's help."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from gateway.audit.opening import Opener
from gateway.audit.segments import read_records

Record = dict[str, Any]
Found = TypeVar("Found")


class Ledger:
    """Every record so far, in the order of each chain; `look` reads what is new."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.records: list[Record] = []
        self._read: dict[Path, int] = {}

    def look(self) -> list[Record]:
        """The records that came since the last look."""
        new: list[Record] = []
        for path in sorted(self.directory.glob("*/*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                whole = file.read().rpartition(b"\n")[0]
            if whole:
                self._read[path] = self._read.get(path, 0) + len(whole) + 1
                new += [json.loads(line) for line in whole.split(b"\n")]
        self.records += new
        return new

    def where(self, **fields: Any) -> list[Record]:
        """The records whose fields are all so."""
        self.look()
        return [each for each in self.records if all(each.get(name) == value for name, value in fields.items())]

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

    def opened(self, private_key: str) -> dict[str, dict[str, Any]]:
        """What is sealed in each decision, by its id, opened with the auditor's key."""
        opener = Opener(self.directory, private_key)
        found = {}
        for line in read_records(self.directory):
            if b'"event_type":"decision"' in line.raw:
                opened = opener.open(line)
                assert opened.problem is None
                found[opened.record["decision_id"]] = opened.content
        return found
