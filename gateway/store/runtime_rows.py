"""Reading and writing the tables of run time: whole rows, each checked against its seal."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Table

from gateway.store.runtime_schema import DECISIONS, EMERGENCIES, REQUESTS
from gateway.store.sealed_rows import column_names, whole
from gateway.store.store import Store

Row = dict[str, Any]
_MOST: Final = 500


def keep(store: Store, table: Table, row: Mapping[str, Any]) -> None:
    """Keep a new row; columns not given are empty.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        connection.execute(table.insert(), store.sealed.complete(table, row))


def change(store: Store, table: Table, where: ColumnElement[bool], **changes: Any) -> int:  # noqa: ANN401 - columns
    """Change the rows that are so, all at one moment; how many there were.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        return store.sealed.update(connection, table, where, **changes)


def find(store: Store, table: Table, where: ColumnElement[bool], *, newest_by: str, limit: int = _MOST) -> list[Row]:
    """The rows that are so, newest first.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    names = column_names(table)[:-1]
    wanted = whole(table).where(where).order_by(table.c[newest_by].desc()).limit(limit)
    with store.writing() as connection:
        found = [tuple(row) for row in connection.execute(wanted)]
    return [dict(zip(names, row, strict=True)) for row in store.sealed.check(table, found)]


def forget(store: Store, table: Table, where: ColumnElement[bool]) -> None:
    """Delete the rows that are so.

    Raises:
        Refusal: STORE_UNAVAILABLE.
    """
    with store.writing() as connection:
        connection.execute(table.delete().where(where))


__all__ = ["DECISIONS", "EMERGENCIES", "REQUESTS", "Row", "change", "find", "forget", "keep"]
