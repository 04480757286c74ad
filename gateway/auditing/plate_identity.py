"""Which keyed hashes are of one plate: each record has two, under keys whose epochs overlap, so one leads to the next.

Where nobody searched the plate while one key was in use and the other had changed, or both changed at once, nothing joins
what was before with what came after.
"""

from datetime import UTC, datetime

import duckdb

from gateway.auditing.source import LedgerTable

_MOST_TURNS = 64
_TABLES = ("pairs", "joined", "labels")
_JOIN = (
    "CREATE TABLE joined AS SELECT h, t FROM pairs WHERE h IN (SELECT h FROM pairs GROUP BY h HAVING count(*) > 1) "
    "OR t IN (SELECT t FROM pairs GROUP BY t HAVING count(*) > 1)"
)
"""Most plates have one hash of each key, and are of no more interest."""
_FOLLOW = (
    "CREATE OR REPLACE TABLE labels AS SELECT j.h, min(m.plate) AS plate FROM joined j JOIN (SELECT j.t, min(l.plate) AS "
    "plate FROM joined j JOIN labels l USING (h) GROUP BY j.t) m USING (t) GROUP BY j.h"
)


_BOTH_AT_ONCE = (
    "SELECT DISTINCT e.ts FROM records e JOIN records t ON abs(epoch(e.ts) - epoch(t.ts)) < 60 WHERE e.event_type = 'epoch.rotated' "
    "AND t.event_type = 'epoch.rotated' AND e.what LIKE 'e%' AND t.what LIKE 't%' ORDER BY 1"
)


def list_breaks(source: LedgerTable) -> list[datetime]:
    """When both keys changed at once, as where an auditor left: across that moment no plate is followed."""
    return [at.replace(tzinfo=UTC) for (at,) in source.ask(_BOTH_AT_ONCE)]


def drop_labels(connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of what was laid out before: two at once would take twice the memory."""
    for name in _TABLES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")


def label_plates(connection: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Make the table `labels`: one `plate` for each hash `h` that is joined with another; a hash that is not stands for itself.

    `asked` names a table of searches with a plate's hash `h` and its second one `t`, as numbers.
    """
    drop_labels(connection)
    connection.execute(
        f"CREATE TABLE pairs AS SELECT h, coalesce(t, h) AS t FROM {asked} WHERE h IS NOT NULL GROUP BY ALL"  # noqa: S608 - ours
    )
    connection.execute(_JOIN)
    connection.execute("CREATE TABLE labels AS SELECT h, min(h) AS plate FROM joined GROUP BY h")
    before = None
    for _ in range(_MOST_TURNS):
        connection.execute(_FOLLOW)
        now = connection.execute("SELECT count(*), sum(plate::HUGEINT) FROM labels").fetchone()
        if now == before:
            return
        before = now
