"""Export to Parquet, a folder a day, so that any SQL engine reads it: typed columns, and every record's own line.

    <out>/day=2026-11-22/records.parquet
    <out>/manifest.json            what is in it: records of each chain from first to last, digest of each file

With the lines, `audit verify --from-export <out>` checks from the export alone that nothing was changed or left out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path

import duckdb

from gateway.auditing.access import Access
from gateway.auditing.columns import FIELDS, INSTANT, quote
from gateway.auditing.export_gaps import choose_lawful, find_export_gaps, tell_unaccounted, write_table
from gateway.auditing.export_manifest import digest_of
from gateway.auditing.index import Progress, present
from gateway.auditing.missing import list_deleted
from gateway.auditing.private import fresh_folder, private_file, write_private
from gateway.auditing.query_engine import connect, object_lines, quote_text, table_time
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.ledger.segments import segments
from gateway.ledger.verification.deletions import MissingRun
from gateway.model import Json

SCHEMA = "lpr.audit.export.v1"
_PLACE = {"chain_id": "$.chain.id", "seq": "$.chain.seq", "prev": "$.chain.prev", "hash": "$.chain.hash"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What an export holds: the number of records, the days there are records of, and what it cannot show by itself."""

    records: int
    days: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """The records of one chain on one day: the first and last there, and where they lie."""

    day: date
    files: frozenset[Path] = field(hash=False)


def export_parquet(
    source: LedgerTable,
    out: Path,
    access: Access,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> ExportSummary:
    """Write the records of a period to a new folder.

    A chain is given from its first to its last record in the period without a gap but for what was lawfully deleted, though
    a thread may have dated a record a moment before the one that precedes it.

    Raises:
        ConfigurationError: the folder exists and is not empty.
        Refusal: the reading cannot be recorded.
        OSError: the folder cannot be written.
    """
    period: dict[str, Json] = {
        "since": format_instant(since) if since else None,
        "until": format_instant(until) if until else None,
    }
    access.record("export", {"form": "parquet"} | {name: value for name, value in period.items() if value is not None})
    fresh_folder(out)
    ranges = _ranges(source, since, until)
    parts = _parts(source, ranges)
    connection = connect([source.directory, out])
    try:
        for number, part in enumerate(parts, start=1):
            _write_day(connection, part, _within(ranges), out / f"day={part.day.isoformat()}")
            if progress is not None:
                progress(number, len(parts))
    finally:
        connection.close()
    return _manifest(source, out, ranges, period)


def _ranges(source: LedgerTable, since: datetime | None, until: datetime | None) -> dict[str, tuple[int, int]]:
    bounds = [bound and table_time(bound) for bound in (since, until)]
    rows = source.ask(
        "SELECT chain_id, min(seq), max(seq) FROM records WHERE ts >= coalesce(?, ts) AND ts < coalesce(?, ts + INTERVAL 1 "
        "SECOND) GROUP BY chain_id ORDER BY chain_id",
        bounds,
    )
    return {chain: (first, last) for chain, first, last in rows}


def _within(ranges: dict[str, tuple[int, int]]) -> str:
    terms = [
        f"(chain_id = {quote_text(chain)} AND seq BETWEEN {first} AND {last})"
        for chain, (first, last) in ranges.items()
    ]
    return f"({' OR '.join(terms)})" if terms else "FALSE"


def _parts(source: LedgerTable, ranges: dict[str, tuple[int, int]]) -> list[_Part]:
    rows = source.ask(
        "SELECT ts::DATE AS day, chain_id, min(seq), max(seq) FROM records "  # noqa: S608
        f"WHERE {_within(ranges)} GROUP BY ALL ORDER BY day, chain_id"
    )
    files: dict[date, set[Path]] = {}
    for day, chain, first, last in rows:
        files.setdefault(day, set()).update(_files(source, chain, first, last))
    return [_Part(day, frozenset(found)) for day, found in files.items()]


def _files(source: LedgerTable, chain: str, first: int, last: int) -> Iterator[Path]:
    listed = segments(source.directory, chain)
    for segment, successor in zip_longest(listed, listed[1:]):
        within = segment.first_seq <= last and (successor is None or successor.first_seq > first)
        if within and segment not in source.unreadable:
            yield present(segment)


def _write_day(connection: duckdb.DuckDBPyConnection, part: _Part, within: str, folder: Path) -> None:
    target = private_file(folder / "records.parquet")
    table = object_lines(sorted(part.files))
    as_text = json.dumps(dict.fromkeys(FIELDS, "VARCHAR"))
    place = ", ".join(f"json->>'{path}' AS {name}" for name, path in _PLACE.items())
    fields = f"SELECT json AS raw, {place}, unnest(json_transform(json, {quote_text(as_text)})) FROM {table}"  # noqa: S608
    day = f"ts >= {quote_text(part.day.isoformat())}::DATE AND ts < {quote_text(part.day.isoformat())}::DATE + INTERVAL 1 DAY"
    numbered = "* REPLACE (TRY_CAST(seq AS BIGINT) AS seq, TRY_CAST(ts AS TIMESTAMP) AS ts)"
    rows = f"SELECT {numbered} FROM ({fields}) WHERE raw IS NOT NULL"  # noqa: S608
    chosen = f"SELECT {_columns()} FROM ({rows}) WHERE {within} AND {day}"  # noqa: S608
    connection.execute(
        f"COPY ({chosen}) TO {quote_text(target)} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
    )


def _columns() -> str:
    typed = [_column(name, kind) for name, kind in FIELDS.items() if name != "ts"]
    return ", ".join(["timezone('UTC', ts) AS ts", "chain_id", "seq", "prev", "hash", *typed, "raw::VARCHAR AS raw"])


def _column(name: str, kind: str) -> str:
    cast = f"TRY_CAST({quote(name)} AS {kind})"
    return f"timezone('UTC', {cast}) AS {quote(name)}" if kind == INSTANT else f"{cast} AS {quote(name)}"


def _manifest(
    source: LedgerTable, out: Path, ranges: dict[str, tuple[int, int]], period: dict[str, Json]
) -> ExportSummary:
    files = sorted(out.glob("day=*/records.parquet"))
    with connect([out]) as connection:
        found = _count(connection, files)
        lawful = choose_lawful(find_export_gaps(connection, files), list_deleted(source.directory))
        warnings = tuple(tell_unaccounted(connection, files, lawful))
    for chain, (first, last) in ranges.items():
        gone = sum(gap.last_seq - gap.first_seq + 1 for gap in lawful if gap.chain_id == chain)
        if found.get(chain, 0) + gone != last - first + 1:
            source.problems.append(f"the export does not hold every record of {chain} from {first} to {last}")
    document = {
        "schema": SCHEMA,
        **period,
        "records": sum(found.values()),
        "chains": {chain: _describe_chain(chain, ends, lawful) for chain, ends in ranges.items()},
        "files": {str(path.relative_to(out)): {"sha256": digest_of(path)} for path in files},
    }
    write_private(out / "manifest.json", (json.dumps(document, indent=2) + "\n").encode())
    days = tuple(path.parent.name.removeprefix("day=") for path in files)
    return ExportSummary(records=sum(found.values()), days=days, warnings=warnings)


def _count(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> dict[str, int]:
    counted = f"SELECT chain_id, count(*) FROM {write_table(files)} GROUP BY chain_id"  # noqa: S608 - ours
    return dict(connection.execute(counted).fetchall()) if files else {}


def _describe_chain(chain: str, ends: tuple[int, int], lawful: list[MissingRun]) -> dict[str, Json]:
    """From where to where a chain is there, and what was lawfully deleted in between."""
    gone: list[Json] = [
        {"first_seq": gap.first_seq, "last_seq": gap.last_seq} for gap in lawful if gap.chain_id == chain
    ]
    return {"first_seq": ends[0], "last_seq": ends[1]} | ({"deleted": gone} if gone else {})
