"""Where imported exports lie: one Parquet file and one report each, named by what the file was. Both can be made anew."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson

from gateway.auditing.private import write_private
from gateway.auditing.query_engine import connect, quote_text
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.oversight.imports.importer import ImportDraft, Tally, read_export
from gateway.oversight.imports.kept_rows import COLUMNS, ImportRules
from gateway.oversight.imports.layouts import NO_KNOWN_ORDER
from gateway.oversight.imports.sheets import digest_of_file

_PRIVATE = 0o700
_ROUND = 5_000
_MOST_NAMED = 20
_TYPES = {
    "row": "BIGINT", "plate_key": "BIGINT", "own": "BOOLEAN", "networks": "BIGINT", "made_at": "TIMESTAMP", "starts": "TIMESTAMP",
    "ends": "TIMESTAMP", "zoneless": "BOOLEAN", "with_case": "BOOLEAN", "with_expiry": "BOOLEAN",
}  # fmt: skip
_PLATES = "'plate_key': 'BIGINT', 'epochs': 'VARCHAR', 'plate_hashes': 'VARCHAR'"
_REPEATED = (
    "CREATE TABLE repeated AS SELECT place FROM (SELECT rowid AS place, plate_state, plate_key, row_number() OVER w AS turn, "
    "first_value(plate_key) OVER w AS said FROM read SEMI JOIN (SELECT vendor_id FROM read "
    "WHERE vendor_id <> '' GROUP BY vendor_id HAVING count(*) > 1) USING (vendor_id) "
    "WINDOW w AS (PARTITION BY vendor_id, made_at ORDER BY plate_state = 'known' DESC, sheet, row)) "
    "WHERE turn > 1 AND (plate_state <> 'known' OR plate_key = said)"
)
"""Rows whose id, time and plate an earlier row has, or one that says more."""
_FIRST_EPOCH = "e000001"
_WITHOUT_KEY = "SELECT count(*) FROM read WHERE plate_state IN ('known', 'partial') AND made_at < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStore:
    """The folder of imports; `zone` is the agency's own time zone."""

    folder: Path
    zone: ZoneInfo

    def add(self, path: Path, rules: ImportRules, *, now: datetime) -> dict[str, Any]:
        """Read a file and keep what may be kept; the report, with names that are told and not kept (`may_be_ours`: name to rows).

        The same file again replaces itself.

        Raises:
            ConfigurationError: the file cannot be read, or nothing in it was understood.
        """
        digest = digest_of_file(path)
        import_id = f"{rules.kind}-{digest[:12]}"
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        draft = ImportDraft(self.folder / f"{import_id}.rows.draft", self.folder / f"{import_id}.plates.draft")
        try:
            tally = read_export(path, rules, draft)
            _check_read(path, tally, rules.kind)
            facts = self._write(draft, self.folder / f"{import_id}.parquet", import_id, rules)
        finally:
            draft.remove()
        report: dict[str, Any] = {
            "import_id": import_id,
            "sha256": digest,
            "kind": rules.kind,
            "vendor": rules.columns.vendor,
        }
        if rules.kind == "events":
            report["entry_lines"] = sorted(tally.entry_lines)
        if rules.kind == "network":
            report["rows_of_ours"] = tally.rows_of_ours
        report |= _count(tally) | facts | {"imported_at": format_instant(now)}
        report["kept_sha256"] = digest_of_file(self.folder / f"{import_id}.parquet")
        report["cap_suspected"] = tally.rows >= _ROUND and tally.rows % _ROUND == 0
        write_private(self.folder / f"{import_id}.json", orjson.dumps(report, option=orjson.OPT_INDENT_2))
        return report | {"may_be_ours": tally.may_be_ours}

    def reports(self) -> list[dict[str, Any]]:
        """The reports of all imports, oldest first."""
        found = [orjson.loads(path.read_bytes()) for path in self.folder.glob("*.json")]
        return sorted(found, key=lambda item: (item["imported_at"], item["import_id"]))

    def files(self) -> list[Path]:
        """The kept rows of all imports."""
        return sorted(self.folder.glob("*.parquet"))

    def remove(self, import_id: str) -> None:
        """Remove what is kept of an import, its rows first."""
        (self.folder / f"{import_id}.parquet").unlink(missing_ok=True)
        (self.folder / f"{import_id}.json").unlink(missing_ok=True)

    def _write(self, draft: ImportDraft, kept: Path, import_id: str, rules: ImportRules) -> dict[str, Any]:
        columns = ", ".join(f"'{name}': '{_TYPES.get(name, 'VARCHAR')}'" for name in COLUMNS)
        constant = f"{quote_text(import_id)} AS import_id, {quote_text(rules.columns.vendor)} AS vendor, "
        constant += f"{quote_text(rules.kind)} AS source"
        with _database(self.folder) as connection:
            connection.execute(f"CREATE TABLE read AS SELECT * FROM {_csv(draft.rows, columns)}")  # noqa: S608 - ours
            connection.execute(_REPEATED)
            connection.execute(f"CREATE TABLE plates AS SELECT * FROM {_csv(draft.plates, _PLATES)}")  # noqa: S608
            connection.execute(
                f"COPY (SELECT {constant}, read.* EXCLUDE (plate_key), string_split(nullif(plate_hashes, ''), ';') AS "  # noqa: S608
                "plate_hashes, string_split(epochs, ';') AS epochs, r.place IS NOT NULL AS repeated "
                "FROM read LEFT JOIN repeated r ON r.place = read.rowid JOIN plates USING (plate_key)) "
                f"TO {quote_text(kept)} (FORMAT parquet, COMPRESSION zstd)"
            )
            return self._measure(connection) | _count_without_key(connection, rules)

    def _measure(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        ask = connection.execute(
            "SELECT (SELECT count(*) FROM repeated), min(made_at), max(made_at), count(*) - count(made_at) FROM read"
        )
        duplicates, first, last, timeless = ask.fetchone() or (0, None, None, 0)
        days = {
            row[0]
            for row in connection.execute(
                "SELECT DISTINCT made_at::DATE FROM read WHERE made_at IS NOT NULL"
            ).fetchall()
        }
        where = connection.execute(
            "SELECT sheet, row FROM read WHERE made_at IS NULL ORDER BY ALL LIMIT ?", [_MOST_NAMED]
        ).fetchall()
        return {
            "duplicates": duplicates,
            "without_time": timeless,
            "rows_without_time": [{"sheet": sheet, "row": row} for sheet, row in where],
            "first": _utc(first),
            "last": _utc(last),
            "first_local": self._local(first),
            "last_local": self._local(last),
            "days_without_rows": _name_gaps(sorted(days)),
        }

    def _local(self, moment: datetime | None) -> str | None:
        if moment is None:
            return None
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone).isoformat(timespec="seconds")


def _name_gaps(days: list[date]) -> list[str]:
    """The days between those that have rows, each run of them in a few words: one slip of a year makes thousands of days."""
    gaps = [
        (before + timedelta(days=1), after - timedelta(days=1))
        for before, after in pairwise(days)
        if after - before > timedelta(days=1)
    ]
    named = [
        f"{first}" if first == last else f"{first} to {last} ({(last - first).days + 1:,} days)" for first, last in gaps
    ]
    more = len(named) - _MOST_NAMED
    return named if more <= 0 else [*named[:_MOST_NAMED], f"and {more:,} more such times"]


def _count_without_key(connection: duckdb.DuckDBPyConnection, rules: ImportRules) -> dict[str, Any]:
    """The rows whose plates no key at hand is of, for they are of before the first that is; of before all epochs there is none."""
    first = min(
        (epoch for epoch in rules.epochs if epoch.name.startswith("e")), key=lambda item: item.name, default=None
    )
    if first is None or first.name == _FIRST_EPOCH:
        return {"plates_without_key": 0, "keys_from": None}
    began = first.began.astimezone(UTC).replace(tzinfo=None)
    [number] = connection.execute(_WITHOUT_KEY, [began]).fetchone() or (0,)
    return {"plates_without_key": number, "keys_from": format_instant(first.began)}


def _check_read(path: Path, tally: Tally, kind: str) -> None:
    """An import of nothing would be counted as one, and hide that none was made."""
    if not tally.rows:
        raise ConfigurationError([f"{path.name} has no rows below a header"])
    if not tally.read:
        first = tally.problems[0]
        where = f"{first['sheet'] + ', ' if first['sheet'] else ''}row {first['row']}"
        told = f"{path.name}: none of its {tally.rows:,} rows was understood; {where}: {first['why']}"
        raise ConfigurationError(
            [f"{told}. Is it an export of this vendor?" if first["why"] == NO_KNOWN_ORDER else told]
        )
    if kind != "events" and tally.tells_events:
        told = "has a column that says what happened to which list or entry: it is the vendor's event log, import it as --kind events"
        raise ConfigurationError([f"{path.name} {told}"])
    if kind == "events" and not tally.tells_events:
        told = "is no event log: no column says what happened, to which list or entry; an audit of searches has another --kind"
        raise ConfigurationError([f"{path.name} {told}"])


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment.replace(tzinfo=ZoneInfo("UTC")))


def _count(tally: Tally) -> dict[str, Any]:
    return {
        "rows": tally.rows,
        "read": tally.read,
        "rejected": tally.rejected,
        "shifted": tally.shifted,
        "columns": sorted(tally.columns),
        "constant": tally.constant,
        "masked": {name: round(number / max(1, tally.read), 4) for name, number in sorted(tally.masked.items())},
        "unknown_labels": sorted(tally.unknown_labels),
        "cells_not_understood": sum(told["cells"] for told in tally.not_understood),
        "not_understood": tally.not_understood,
        "hours_in_doubt": tally.in_doubt,
        "problems": tally.problems,
    }


def _csv(file: Path, columns: str) -> str:
    return (
        f"read_csv({quote_text(file)}, header = true, columns = {{{columns}}}, auto_detect = false, delim = ',', "
        "quote = '\"', escape = '\"', new_line = '\\r\\n')"
    )


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(connect([folder])) as connection:
        yield connection
