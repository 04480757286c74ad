"""How many searches were made for a person, a service, an office and a vendor: counted by the hour, in sealed rows.

Each thread that counts is lent a counter, whose rows nobody else writes; so nobody waits for anybody over the count of a
vendor that all of them search, and no search is lost. What all counters say together is read after one's own was written:
of two that count at the same moment, at least the later sees both, and a number is never too low.

A row that was set back is not believed. Nor is a counter that says less than this process has seen it say. One whose row was
taken away, as an operator does with an altered one, is refused once by each process that had seen it, with the alarm; then it
counts as it was last seen, so that nobody has room again because a count was deleted.
"""

import secrets
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from gateway.errors import Refusal
from gateway.model import Accounts, Ceiling, Ceilings, Searches, Usage
from gateway.store import schema
from gateway.store.connections import Connections
from gateway.store.sealed_rows import SealedRows
from gateway.store.statements import MOST_ACCOUNTS, StoreStatements

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_DAY_IN_HOURS: Final = 24
_SERVICE: Final = "service"
_NOTHING: Final = (None, None, None)
ByHour = dict[int, int]
KeptRow = tuple[int | None, str | None, str | None]
"""The hour, hours and digest of a row as it was written; nothing where it was not yet."""


@dataclass(slots=True)
class _Counter:
    """What one thread at a time counts with: the searches of each account by the hour, and each row as kept."""

    name: str = field(default_factory=lambda: secrets.token_hex(8))
    hour: int = 0
    counted: dict[str, ByHour] = field(default_factory=dict)
    kept: dict[str, KeptRow] = field(default_factory=dict)

    def forget_old(self, hour: int) -> None:
        """Once an hour, accounts that nobody searched for in a day leave memory."""
        if hour == self.hour:
            return
        self.hour = hour
        for name in [name for name, hours in self.counted.items() if max(hours) < hour - _DAY_IN_HOURS]:
            del self.counted[name], self.kept[name]


@dataclass(frozen=True, slots=True)
class _LastSeen:
    """What this process saw of one account: what each counter said, its newest hour and number, and all of them together."""

    said: Mapping[str, ByHour] = field(default_factory=dict)
    newest: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    by_hour: Mapping[int, int] = field(default_factory=dict)


class UsageCount:
    """One process's way of counting, for many threads at once."""

    def __init__(self, connections: Connections, texts: StoreStatements, sealed: SealedRows) -> None:
        self._connections, self._texts, self._sealed = connections, texts, sealed
        self._counters: deque[_Counter] = deque()
        self._seen: dict[str, _LastSeen] = {}
        self._taken: dict[str, dict[str, ByHour]] = {}  # of each account, the counters whose rows were taken away
        self._hour = 0

    def reserve(self, accounts: Accounts, now: datetime, most: Ceilings) -> Usage:
        """Counts one search; how many there were, this one included.

        Who is known to be over a ceiling of their own counts for themselves alone: nobody can use up another's.
        """
        hour = count_hours(now)
        self._forget_old(hour)
        counter = self._borrow()
        counter.forget_old(hour)
        names = self._count_for(accounts, hour, most)
        if not self._write(counter, names, hour):
            raise self._explain_missing(names, hour, counter)
        self._counters.append(counter)  # after a failure it is lent to nobody: what it wrote stays
        return self.count_used(accounts, now)

    def count_used(self, accounts: Accounts, now: datetime) -> Usage:
        """How many searches there were, without counting one."""
        hour, names = count_hours(now), dict(accounts)
        known = {name: self._seen.get(name, _LastSeen()) for name in names.values()}
        since = hour - _DAY_IN_HOURS
        said = self._read(list(known), since)
        if not all(self._has_all(name, known[name], said[name], since) for name in known):
            raise self._explain_missing(list(known), hour)
        seen = {name: _look(said[name], self._taken.get(name, {}), since) for name in known}
        self._seen.update(seen)
        return {kind: Searches(now=hour, by_hour=seen[name].by_hour) for kind, name in names.items()}

    def _borrow(self) -> _Counter:
        try:
            return self._counters.pop()
        except IndexError:
            return _Counter()

    def _count_for(self, accounts: Accounts, hour: int, most: Ceilings) -> list[str]:
        counted = []
        for kind, name in accounts:
            seen = self._seen.get(name)
            is_over = seen is not None and _is_used_up(
                Searches(now=hour, by_hour=seen.by_hour), most.get(kind, Ceiling())
            )
            if is_over and kind == _SERVICE:
                return [name]  # and for nobody whom it names, who else could not go on by themselves
            counted.append(name)
            if is_over:
                break
        return counted

    def _has_all(self, name: str, known: _LastSeen, rows: Mapping[str, ByHour], since: int) -> bool:
        """Whether what was known before the rows were read is in them, but for what is known to have been taken away."""
        taken = self._taken.get(name, {})
        for counter, was in known.newest.items():
            if was[0] >= since and counter not in taken and _find_newest(rows, counter) < was:
                return False
        return all(
            counter not in rows or _find_newest(rows, counter) >= max(taken[counter].items()) for counter in taken
        )

    def _explain_missing(self, names: list[str], hour: int, counter: _Counter | None = None) -> Refusal:
        """Why the counts are refused this time. Rows that are gone altogether are noted, and count on as they were."""
        since, rows = hour - _DAY_IN_HOURS, self._read(names, 0)
        self._counters.clear()  # what these counters wrote may be gone too; rows that are there count on
        found = False
        for name in names:
            known = dict(self._seen.get(name, _LastSeen()).said)
            if counter is not None:
                known[counter.name] = counter.counted[name]
            noted = self._taken.get(name, {})
            gone = {at: hours for at, hours in known.items() if at not in rows[name] and max(hours) >= since}
            found = found or not gone.keys() <= noted.keys()
            self._taken[name] = noted | gone
        return self._sealed.refuse_taken_away(schema.USAGE) if found else self._sealed.refuse_altered(schema.USAGE)

    def _write(self, counter: _Counter, names: list[str], hour: int) -> bool:
        """Whether each row was there as this counter had left it."""
        values: dict[str, Any] = {"counter": counter.name}
        replaced: dict[str, KeptRow] = {}
        for place, name in enumerate(names):
            hours = {at: n for at, n in counter.counted.get(name, {}).items() if at >= hour - _DAY_IN_HOURS}
            hours[hour] = hours.get(hour, 0) + 1
            counter.counted[name] = hours
            before, after = counter.kept.get(name, _NOTHING), self._make_row(name, counter.name, hours)
            counter.kept[name], replaced[name] = after, before
            values[f"account{place}"] = name
            values[f"hour{place}"], values[f"hours{place}"], values[f"seal{place}"] = after
            values[f"hour_before{place}"], values[f"hours_before{place}"], values[f"before{place}"] = before
        if len(self._connections.write(self._texts.count[len(names) - 1], values)) != len(names):
            return False
        for name, before in replaced.items():
            kept = (name, counter.name, *counter.kept[name])
            self._sealed.renew(schema.USAGE, (name, counter.name, *before), kept)
        return True

    def _make_row(self, name: str, counter: str, hours: ByHour) -> tuple[int, str, str]:
        newest, text = max(hours), _write_hours(hours)
        row = {"account": name, "counter": counter, "hour": newest, "hours": text}
        return newest, text, self._sealed.seal(schema.USAGE, row)

    def _read(self, names: list[str], since: int) -> dict[str, dict[str, ByHour]]:
        """What each counter says of each account that counted since that hour."""
        asked = {f"account{place}": names[min(place, len(names) - 1)] for place in range(MOST_ACCOUNTS)}
        [found] = self._connections.read((self._texts.used,), {**asked, "since": since})
        said: dict[str, dict[str, ByHour]] = {name: {} for name in names}
        for name, counter, _hour, hours in self._sealed.check(schema.USAGE, found):
            said[name][counter] = dict(orjson.loads(hours))
        return said

    def _forget_old(self, hour: int) -> None:
        """Once an hour, what is too old to count leaves memory."""
        if hour == self._hour:
            return
        self._hour = hour
        for name, seen in list(self._seen.items()):
            if max(seen.by_hour, default=0) < hour - _DAY_IN_HOURS:
                self._seen.pop(name, None)
        for name, taken in list(self._taken.items()):
            self._taken[name] = {at: hours for at, hours in taken.items() if max(hours) >= hour - _DAY_IN_HOURS}
            if not self._taken[name]:
                del self._taken[name]


def count_hours(now: datetime) -> int:
    """The hours since 1970."""
    return (now - _EPOCH) // _HOUR


def _write_hours(hours: ByHour) -> str:
    return orjson.dumps(sorted(hours.items())).decode()


def _is_used_up(searches: Searches, most: Ceiling) -> bool:
    of_the_hour = most.hour is not None and searches.this_hour >= most.hour
    return of_the_hour or (most.day is not None and searches.last_24_hours >= most.day)


def _look(rows: Mapping[str, ByHour], taken: Mapping[str, ByHour], since: int) -> _LastSeen:
    """What is seen now, with what was taken away as it was last seen."""
    newest = {counter: max(hours.items()) for counter, hours in rows.items()}
    return _LastSeen(rows, newest, _add_up({**taken, **rows}.values() if taken else rows.values(), since))


def _find_newest(rows: Mapping[str, ByHour], counter: str) -> tuple[int, int]:
    return max(rows[counter].items()) if counter in rows else (0, 0)


def _add_up(rows: Iterable[ByHour], since: int) -> Mapping[int, int]:
    total: defaultdict[int, int] = defaultdict(int)
    for hours in rows:
        for at, n in hours.items():
            if at >= since:
                total[at] += n
    return dict(total)
