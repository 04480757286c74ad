"""What stands in no export though it lies within its period: records that the ledger does not have, and whether rightly."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import duckdb

from gateway.auditing.query_engine import quote_text
from gateway.ledger.checkpoints.checkpoint import Deleted
from gateway.ledger.verification.deletions import (
    DELETED,
    Deletion,
    MissingRun,
    account_for,
    read_deletion,
    sort_deletions,
)
from gateway.ledger.verification.line import BrokenLineError, read_line

_GAPS = (
    "SELECT chain_id, after_seq + 1, seq - 1, after_hash, prev FROM (SELECT *, lag(seq) OVER of_chain AS after_seq, "
    "lag(hash) OVER of_chain AS after_hash FROM {table} WINDOW of_chain AS (PARTITION BY chain_id ORDER BY seq)) "
    "WHERE seq > after_seq + 1 ORDER BY chain_id, seq"
)


def find_export_gaps(connection: duckdb.DuckDBPyConnection, files: Sequence[object]) -> list[MissingRun]:
    """What is missing between two records of one chain in these files of an export."""
    return (
        [MissingRun(*row) for row in connection.execute(_GAPS.format(table=write_table(files))).fetchall()]
        if files
        else []
    )


def choose_lawful(gaps: Iterable[MissingRun], deleted: Sequence[Deleted]) -> list[MissingRun]:
    """Those of which the ledger's newest checkpoint says that they were deleted."""
    runs: defaultdict[str, list[Deleted]] = defaultdict(list)
    for run in deleted:
        runs[run.chain_id].append(run)
    return [
        gap
        for gap in gaps
        if any(run.first_seq <= gap.first_seq and gap.last_seq <= run.last_seq for run in runs[gap.chain_id])
    ]


def tell_unaccounted(
    connection: duckdb.DuckDBPyConnection, files: Sequence[object], lawful: Sequence[MissingRun]
) -> Iterator[str]:
    """A sentence for each lawful gap of which no record of the export says so: then the export does not verify by itself."""
    said = sort_deletions(_read_deletions(connection, files)) if lawful else {}
    for gap in lawful:
        if not account_for(gap, said):
            yield (
                f"records {gap.first_seq} to {gap.last_seq} of chain {gap.chain_id} were deleted as their age had come, and the "
                "record that says so is not in this export: `audit verify --from-export` will call that a break. Let the period "
                "reach to their deletion, or give a copy (--copy), in which checkpoints say it"
            )


def _read_deletions(connection: duckdb.DuckDBPyConnection, files: Sequence[object]) -> Iterator[Deletion]:
    chosen = f"SELECT raw FROM {write_table(files)} WHERE event_type = ?"  # noqa: S608 - ours
    for (raw,) in connection.execute(chosen, [DELETED]).fetchall():
        try:
            line = read_line(raw.encode())
            line.check_hash()
        except BrokenLineError:
            continue  # which verifying the export tells
        if (deletion := read_deletion(line.record, line.link)) is not None:
            yield deletion


def write_table(files: Sequence[object]) -> str:
    """The files of an export as a table in SQL."""
    return f"read_parquet([{', '.join(quote_text(str(file)) for file in files)}])"
