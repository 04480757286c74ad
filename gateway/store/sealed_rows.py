"""Rows of the store with a digest each: written with it, and believed only with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import compress
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.row_seals import SEAL, is_sealed, make_seal

_NUMBERED: Final = "number"  # given by the database when a row is kept, so no digest can hold it
_REMEMBERED: Final = 2048
Alarm = Callable[[str], None]


def ignore(_sentence: str) -> None:
    """Nobody is told; for commands, whose error is told to who runs them."""


class SealedRows:
    """How one installation writes and reads the rows of the store. `alarm` is told of each altered row, once a reading."""

    def __init__(self, key: bytes, alarm: Alarm = ignore) -> None:
        self._key, self._alarm = key, alarm
        self._proven: dict[tuple[str, tuple[Any, ...]], list[type]] = {}

    def seal(self, table: Table, row: Mapping[str, Any]) -> str:
        """The digest of a row."""
        return make_seal(self._key, table.name, row)

    def complete(self, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        """A new row as it is kept: columns not given are empty, and it carries its digest."""
        full = dict.fromkeys(column_names(table)) | dict(row)
        return full | {SEAL: self.seal(table, full)}

    def check(self, table: Table, found: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """The rows of `whole`, each without its digest.

        Raises:
            Refusal: STORE_UNAVAILABLE where one was altered; the alarm is raised then.
        """
        rows = [tuple(row) for row in found]
        for row in rows:
            if self._proven.get((table.name, row)) != [type(value) for value in row]:
                self._prove(table, row)
        return [row[:-1] for row in rows]

    def _prove(self, table: Table, row: tuple[Any, ...]) -> None:
        """A row that carries its own digest does so each time it is read as it is now; any other is worked out anew."""
        if not is_sealed(self._key, table.name, dict(zip(column_names(table), row, strict=True))):
            raise self.refuse_altered(table)
        self._remember(table, row)

    def renew(self, table: Table, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
        """A row that was just sealed here needs no proof when it is read as it is; the one that it replaces has no more."""
        self._proven.pop((table.name, before), None)
        self._remember(table, after)

    def _remember(self, table: Table, row: tuple[Any, ...]) -> None:
        if len(self._proven) >= _REMEMBERED:
            self._proven.clear()
        self._proven[table.name, row] = [type(value) for value in row]

    def refuse_altered(self, table: Table) -> Refusal:
        """The refusal for a row that is not as it was written; the alarm is raised."""
        return self._refuse(f"a row of the store's table {table.name} was altered")

    def refuse_taken_away(self, table: Table) -> Refusal:
        """The refusal where a row is gone that was there; the alarm is raised."""
        return self._refuse(f"a row of the store's table {table.name} was taken away")

    def _refuse(self, sentence: str) -> Refusal:
        self._alarm(sentence)
        return Refusal(Reason.STORE_UNAVAILABLE, note=sentence)

    def insert(self, connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
        """Keep a new row."""
        connection.execute(table.insert().values({**row, SEAL: self.seal(table, row)}))

    def update(self, connection: Connection, table: Table, where: ColumnElement[bool], **changes: Any) -> int:  # noqa: ANN401
        """Change the rows that are so; how many there were.

        Raises:
            Refusal: STORE_UNAVAILABLE where one of them was altered before.
        """
        names = column_names(table)[:-1]
        found = self.check(
            table, (tuple(row) for row in connection.execute(whole(table).where(where).with_for_update()))
        )
        for row in found:
            before = dict(zip(names, row, strict=True))
            its = [table.c[column.name] == before[column.name] for column in table.primary_key if column.name in before]
            after = before | changes
            connection.execute(table.update().where(*its).values({**changes, SEAL: self.seal(table, after)}))
        return len(found)

    def split(self, connection: Connection, table: Table) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows of a table that are as they were written, and those that are not; raises no alarm."""
        names = column_names(table)
        rows = [dict(zip(names, row, strict=True)) for row in connection.execute(whole(table))]
        sound = [is_sealed(self._key, table.name, row) for row in rows]
        return [*compress(rows, sound)], [*compress(rows, (not one for one in sound))]


@cache
def column_names(table: Table) -> tuple[str, ...]:
    """The columns that a digest covers, then the digest's own."""
    names = [str(name) for name in table.c.keys() if name not in (SEAL, _NUMBERED)]  # noqa: SIM118 - no mapping
    return (*names, SEAL)


def whole(table: Table) -> Select[Any]:
    """The columns of `column_names`."""
    return select(*(table.c[name] for name in column_names(table)))
