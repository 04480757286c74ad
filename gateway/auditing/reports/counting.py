"""The questions reports put to the ledger; every answer is about one period."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.auditing.query_engine import table_time
from gateway.auditing.reports.document import Cell, Period
from gateway.auditing.search import find_lines
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant


class Counting:
    """A ledger and a period."""

    def __init__(self, source: LedgerTable, period: Period) -> None:
        self._source, self.period = source, period
        self._bounds = [table_time(period.since), table_time(period.until)]

    def rows(self, select: str, where: str, rest: str = "", parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of `SELECT … FROM records WHERE … AND (in the period) …`."""
        sql = f"SELECT {select} FROM records WHERE ({where}) AND ts >= ? AND ts < ? {rest}"  # noqa: S608 - ours
        return self._source.ask(sql, [*parameters, *self._bounds])

    def rows_so_far(self, select: str, where: str) -> list[tuple[Any, ...]]:
        """The rows of all records before the period's end, for what may have been said before the period."""
        return self._source.ask(f"SELECT {select} FROM records WHERE ({where}) AND ts < ?", self._bounds[1:])  # noqa: S608 - ours

    def last_record(self, where: str, parameters: Sequence[Any] = ()) -> dict[str, Any] | None:
        """The newest whole record of the period for which this is so."""
        bounded = f"({where}) AND ts >= ? AND ts < ?"
        lines = self._source.lines(self._source.places(bounded, [*parameters, *self._bounds], 1))
        return orjson.loads(lines[0].raw) if lines else None

    def records(self, where: str, parameters: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """The whole records of the period for which this is so, the newest first."""
        places = self._source.places(f"({where}) AND ts >= ? AND ts < ?", [*parameters, *self._bounds], None)
        return (orjson.loads(line.raw) for line in find_lines(self._source, places))

    def number(self, select: str, where: str) -> int:
        """One number; 0 for none."""
        return int(self.rows(select, where)[0][0] or 0)

    def table(
        self, select: str, where: str, rest: str = "", parameters: Sequence[Any] = ()
    ) -> tuple[tuple[Cell, ...], ...]:
        """Rows as a report's table holds them: times as text to the minute, lists joined."""
        return tuple(tuple(map(_cell, row)) for row in self.rows(select, where, rest, parameters))


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever the database gives
    if isinstance(value, datetime):
        return format_instant(value.replace(tzinfo=UTC))[:16].replace("T", " ")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, str | int | float) else str(value)
