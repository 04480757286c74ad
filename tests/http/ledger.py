"""Reading the ledger as it grows, without the gateway's help."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from gateway.audit.opening import Opener
from gateway.audit.segments import Follower, Line, chains

Record = dict[str, Any]
Found = TypeVar("Found")


class Ledger:
    """Every record so far, in the order of each chain; `look` reads what is new."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.records: list[Record] = []
        self._followers: dict[str, Follower] = {}
        self._decisions: dict[str, Line] = {}

    def look(self) -> list[Record]:
        """The records that came since the last look."""
        new: list[Record] = []
        for chain in chains(self.directory):
            follower = self._followers.setdefault(chain, Follower(self.directory, chain))
            while lines := follower.read(1000):
                for line in lines:
                    new.append(json.loads(line.raw))
                    if new[-1]["event_type"] == "decision":
                        self._decisions[new[-1]["decision_id"]] = line
        self.records += new
        return new

    def close(self) -> None:
        for follower in self._followers.values():
            follower.close()
        self._followers.clear()

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

    def opened(self, private_key: str, decision_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What is sealed in these decisions, by their ids, opened with the auditor's key."""
        openers: dict[str, Opener] = {}
        found = {}
        for decision_id in decision_ids:
            line = self._decisions[decision_id]
            opened = openers.setdefault(line.file, Opener(self.directory, private_key)).open(line)
            assert opened.problem is None
            found[decision_id] = opened.content
        return found
