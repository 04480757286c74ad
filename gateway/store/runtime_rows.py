"""Reading and writing the tables of run time: whole rows, each checked against its seal."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from gateway.store.runtime_schema import DECISIONS, EMERGENCIES, REQUESTS, TOGETHER
from gateway.store.sealed_rows import column_names, whole
from gateway.store.store import Store

Row = dict[str, Any]
_ONE_KEEPER: Final = 0x6C70726B
"""PostgreSQL's advisory lock of whoever keeps a row that must be there once. SQLite has one writer at a time anyhow."""


def keep(store: Store, table: Table, row: Mapping[str, Any]) -> None:
    """Keep a new row; columns not given are empty.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        connection.execute(table.insert(), store.sealed.complete(table, row))


def keep_once(store: Store, table: Table, row: Mapping[str, Any], same: ColumnElement[bool]) -> Row | None:
    """Keep a new row, unless one that is the `same` is there: that one. Of several who ask at a moment, one keeps.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_KEEPER)))
        there = _read(connection, store, table, whole(table).where(same).limit(1))
        if there:
            return there[0]
        connection.execute(table.insert(), store.sealed.complete(table, row))
    return None


def change(store: Store, table: Table, where: ColumnElement[bool], **changes: Any) -> int:  # noqa: ANN401 - columns
    """Change the rows that are so, all at one moment; how many there were.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        return store.sealed.update(connection, table, where, **changes)


def find(
    store: Store, table: Table, where: ColumnElement[bool], *, newest_by: str, limit: int | None = None
) -> list[Row]:
    """The rows that are so, newest first; all of them, or the newest so many.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    wanted = whole(table).where(where).order_by(table.c[newest_by].desc()).limit(limit)
    with store.writing() as connection:
        return _read(connection, store, table, wanted)


def _read(connection: Connection, store: Store, table: Table, wanted: Select[Any]) -> list[Row]:
    names = column_names(table)[:-1]
    found = [tuple(row) for row in connection.execute(wanted)]
    return [dict(zip(names, row, strict=True)) for row in store.sealed.check(table, found)]


def forget(store: Store, table: Table, where: ColumnElement[bool]) -> None:
    """Delete the rows that are so.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        connection.execute(table.delete().where(where))


__all__ = ["DECISIONS", "EMERGENCIES", "REQUESTS", "TOGETHER", "Row", "change", "find", "forget", "keep", "keep_once"]
