"""The scene of a period: tables that every detector's question may name, all in one database in memory.

all_searches   who asked for which plate when, allowed or denied; `plate` follows a plate across epochs; `was_read`: what it is for
               is known and was judged (a case or purpose that is lacking was not given), `untied`: that is, and it is of no case of
               one's own, nor denied only because everybody is
               `grounds`: the reasons of a denial, those of the agency's own as 'about window' and the like where it said so
searches       those of them that the question at hand looks at
vendor_rows    what the last reconciliation found beside the ledger     vendor_events   entries of the vendor's event log
vendor_reach   over how many networks the vendor ran searches of ours
persons        whom a name (or user id) means, on record or in the facts, where it means one person
vendor_imports when exports were imported        kept_changed    what is kept of them and is not what is on record
rosters        who worked when      households   staff's and protected vehicles, as hashes
holders        plates, as hashes, whose registrations belong together
period         the time asked about; what is found before its `earliest` does not matter
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from gateway.auditing.plate_identity import drop_labels, label_plates
from gateway.auditing.query_engine import quote_text, table_time
from gateway.oversight.detectors.detection import QUIET_DAYS
from gateway.oversight.known_people import PeopleOfFacts, lay_out_people

_SQL = Path(__file__).with_name("scene.sql").read_text(encoding="utf-8")
_LOCAL = (
    "CREATE OR REPLACE TEMP TABLE quarters AS SELECT q, timezone({zone}, timezone('UTC', q)) - q AS away "
    "FROM (SELECT DISTINCT time_bucket(INTERVAL 15 MINUTE, ts) AS q FROM asked)"
)
"""How far the local clock is from UTC in each quarter of an hour: asked once for all searches in it, for asking is slow."""
_SEARCHES = (
    "CREATE OR REPLACE TEMP TABLE all_searches AS SELECT a.*, coalesce(l.plate, a.h) AS plate, (a.ts + away)::DATE AS day, "
    "extract(hour FROM a.ts + away) AS hour FROM asked a JOIN quarters ON q = time_bucket(INTERVAL 15 MINUTE, a.ts) LEFT JOIN labels l ON a.h = l.h"
)
_PERIOD = (
    "CREATE OR REPLACE TEMP TABLE period AS SELECT {since} AS since, {until} AS until, {earliest} AS earliest, "
    "(SELECT min(ts) FROM all_searches) AS first"
)
_PERSONS = (
    "CREATE OR REPLACE TEMP TABLE persons AS SELECT name, min(user_id) AS user_id FROM known_people GROUP BY name "
    "HAVING count(*) = 1"
)
_EMPTY = {
    "vendor_rows": "class VARCHAR, import_id VARCHAR, row BIGINT, decision_id VARCHAR, user_id VARCHAR, made_at TIMESTAMP, networks BIGINT, told_at TIMESTAMP",
    "vendor_reach": "decision_id VARCHAR, made_at TIMESTAMP, networks BIGINT, purpose VARCHAR, offense VARCHAR",
    "vendor_events": "import_id VARCHAR, row BIGINT, made_at TIMESTAMP, person VARCHAR, plate VARCHAR, traits VARCHAR[], event VARCHAR, "
    "entity VARCHAR, with_case BOOLEAN, with_expiry BOOLEAN",
    "vendor_imports": "made_at TIMESTAMP",
    "kept_changed": "name VARCHAR",
    "rosters": "user_id VARCHAR, starts TIMESTAMP, ends TIMESTAMP",
    "households": "hash VARCHAR",
    "holders": "hash VARCHAR, holder VARCHAR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionContext:
    """What is known beside the ledger: rows for the tables that do not come from it, in the order of their columns.

    `people` are those of the facts. `named` are all whom a row of an export may name, by `import_id:row`; nobody where it has a
    name that nobody bears, while a row that names none is not in it.
    """

    vendor_rows: Sequence[tuple[Any, ...]] = ()
    vendor_reach: Sequence[tuple[Any, ...]] = ()
    vendor_events: Sequence[tuple[Any, ...]] = ()
    vendor_imports: Sequence[tuple[Any, ...]] = ()
    kept_changed: Sequence[tuple[Any, ...]] = ()
    rosters: Sequence[tuple[Any, ...]] = ()
    households: Sequence[tuple[Any, ...]] = ()
    holders: Sequence[tuple[Any, ...]] = ()
    people: PeopleOfFacts = ()
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)


def lay_out(
    connection: duckdb.DuckDBPyConnection,
    context: DetectionContext,
    *,
    since: datetime,
    until: datetime,
    before: datetime,
    zone: str,
) -> None:
    """Make the tables for a period, with what went before since `before`."""
    connection.execute(
        "DROP TABLE IF EXISTS all_searches"
    )  # before the next is made: both at once would take twice the memory
    drop_labels(connection)
    bounds = {"$from": _instant(before), "$until": _instant(until)}
    for statement in _SQL.split(";\n"):
        text = statement
        for name, value in bounds.items():
            text = text.replace(name, value)
        if text.strip():
            connection.execute(text)
    lay_out_people(connection, context.people)
    connection.execute(_PERSONS)
    label_plates(connection, "asked")
    connection.execute(_LOCAL.format(zone=quote_text(zone)))
    connection.execute(_SEARCHES)
    earliest = since - timedelta(days=QUIET_DAYS)
    connection.execute(_PERIOD.format(since=_instant(since), until=_instant(until), earliest=_instant(earliest)))
    for name, columns in _EMPTY.items():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
        fill(connection, name, columns, getattr(context, name))
    show_since(connection, before)


def show_since(connection: duckdb.DuckDBPyConnection, moment: datetime) -> None:
    """Let `searches` be those since a moment, so that a question reads no more than it looks back."""
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW searches AS SELECT * FROM all_searches WHERE ts >= {_instant(moment)}"  # noqa: S608
    )


def list_labels(connection: duckdb.DuckDBPyConnection, decision_ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """The labels of the plates that these searches were for, as the scene has them, and their cases."""
    asked = (
        "SELECT list(DISTINCT plate::VARCHAR) FILTER (plate IS NOT NULL), list(DISTINCT case_number) FILTER (case_number IS NOT NULL) "
        "FROM all_searches WHERE list_contains(?, decision_id)"
    )
    [(plates, cases)] = connection.execute(asked, [list(decision_ids)]).fetchall()
    return plates or [], cases or []


def fill(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows into a table of these columns, a column at a time: a hundred times quicker than row by row."""
    if rows:
        kinds = [column.rpartition(" ")[2] for column in columns.split(", ")]
        taken = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
        connection.execute(f"INSERT INTO {table} SELECT {taken}", [list(column) for column in zip(*rows, strict=True)])


def _instant(moment: datetime) -> str:
    return f"TIMESTAMP {quote_text(table_time(moment).isoformat(sep=' '))}"
