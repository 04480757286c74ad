"""How many queries a person made: counted by the hour, one row each, every row sealed.

The row is read, checked and counted on only if nobody counted meanwhile; so no query is lost, and a number that was set
back is not believed. Nor is one that is lower than this process has seen it, as after a row was deleted.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.store import schema
from gateway.store.connections import Connections
from gateway.store.sealed_rows import SealedRows
from gateway.store.statements import StoreStatements

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_DAY_IN_HOURS: Final = 24
_TURNS: Final = 64
_TRIES: Final = 200  # another process counts the same person at the same instant, each time


class UsageCount:
    """One process's way of counting, for many threads at once."""

    def __init__(self, connections: Connections, texts: StoreStatements, sealed: SealedRows) -> None:
        self._connections, self._texts, self._sealed = connections, texts, sealed
        self._turns = tuple(threading.Lock() for _ in range(_TURNS))
        self._seen: dict[int, dict[str, int]] = {}

    def reserve(self, user_id: str, now: datetime) -> int:
        """Counts one query; how many there were in the last 24 hours, this one included."""
        hour = (now - _EPOCH) // _HOUR
        with self._turns[hash(user_id) % _TURNS]:  # threads of this process take turns over one person
            for _ in range(_TRIES):
                counts = self._counts(user_id, hour)
                if self._count(user_id, hour, counts.get(hour, 0)):
                    return sum(counts.values()) + 1
        raise Refusal(Reason.STORE_UNAVAILABLE, note="too many count the same person at once")

    def count_used(self, user_id: str, now: datetime) -> int:
        """How many there were; the hour that began 24 hours ago counts in full, so the number is never too low."""
        return sum(self._counts(user_id, (now - _EPOCH) // _HOUR).values())

    def _counts(self, user_id: str, hour: int) -> Mapping[int, int]:
        asked: dict[str, Any] = {"user": user_id, "since": hour - _DAY_IN_HOURS}
        [found] = self._connections.read((self._texts.used,), asked)
        counts = {at: n for _, at, n in self._sealed.check(schema.USAGE, found)}
        if counts.get(hour, 0) < self._seen.get(hour, {}).get(user_id, 0):
            raise self._sealed.refuse_altered(schema.USAGE)
        return counts

    def _count(self, user_id: str, hour: int, before: int) -> bool:
        row = {"user_id": user_id, "hour": hour, "n": before + 1}
        values = {"user": user_id, "hour": hour, "n": before + 1, "before": before}
        values["seal"] = self._sealed.seal(schema.USAGE, row)
        statement = self._texts.count if before else self._texts.begin
        if not self._connections.write(statement, values):
            return False
        if hour not in self._seen:  # one hour is remembered, and the one before while threads still count in it
            self._seen = {hour: {}, **{at: seen for at, seen in self._seen.items() if at == hour - 1}}
        self._seen[hour][user_id] = before + 1
        return True
