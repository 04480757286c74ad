"""Reconciliation of imported exports with the ledger, in one database in memory; what is around the gateway is named."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import orjson

from gateway.auditing.private import write_private
from gateway.auditing.query_engine import quote_text, table_time
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant, parse_instant
from gateway.errors import ConfigurationError
from gateway.oversight.imports.store import ImportStore
from gateway.oversight.known_people import UNKNOWN, PeopleOfFacts, lay_out_people

CLASSES = (
    "matched", "around_portal", "around_credential", "around_after_denial", "altered", "missing_at_vendor", "duplicate",
    "indeterminate",
)  # fmt: skip
"""What a row of an export, or a search of ours, can turn out to be."""
AROUND = CLASSES[1:4]
MEMORY = "4GB"
"""Enough for some three million rows; a million, held against as many searches, take 1.2 GB."""
_ROWS, _CLASSES = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("rows.sql", "classes.sql"))
_NEAR_S, _SAME_S = 120, 1
_MOST_RECORDED = 1000
_WENT_OUT = "event_type = 'decision' AND decision = 'allow' AND explain IS NOT TRUE AND opening_decision_id IS NULL"
_REFUSED = "event_type = 'decision' AND vendor_profile IS NOT NULL AND decision = 'deny' AND explain IS NOT TRUE AND opening_decision_id IS NULL"
_SECOND = "date_trunc('second', {})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """How many rows are in each class, each row that is not simply matched, and how widely our own searches were run.

    `rows` have the class that they have among all, `told` the one under which they are counted: of a period a row without a
    time, and without the id of a search that has one, is counted as undecided, for it may be of any. `not_compared` are rows
    with a plate that could not be held against the record's for want of the key of an epoch, which it names. `timed` says of
    each import with rows that may be of the period how many they are, of how many no time can be read (`without_time`), and how
    many of those may lie where no search can be said to be missing (`beyond`).
    """

    counts: dict[str, int]
    rows: tuple[dict[str, Any], ...]
    told: tuple[dict[str, Any], ...]
    imports: tuple[str, ...]
    reach: tuple[dict[str, Any], ...]
    not_compared: tuple[dict[str, Any], ...]
    timed: tuple[dict[str, Any], ...] = ()

    @property
    def shown(self) -> dict[str, int | None]:
        """The counts as they may be read: that no search is missing is not said (None) where rows without a time leave it open."""
        is_open = not self.counts["missing_at_vendor"] and any(told["beyond"] for told in self.timed)
        return {**self.counts, "missing_at_vendor": None} if is_open else {**self.counts}

    @property
    def around(self) -> int:
        """Searches made around the gateway."""
        return sum(self.counts[name] for name in AROUND)

    def describe(self, since: datetime | None, until: datetime | None) -> dict[str, Any]:
        """As the record tells it: the numbers, of what period where not of all, and the rows that are around the gateway."""
        told: dict[str, Any] = {**self.shown, "imports": list(self.imports)}
        without_time = sum(each["without_time"] for each in self.timed)
        told |= {"without_time": without_time} if without_time else {}
        told |= {"not_compared": len(self.not_compared)} if self.not_compared else {}
        told |= {name: format_instant(at) for name, at in (("since", since), ("until", until)) if at is not None}
        around = [row for row in self.told if row["class"] in AROUND][:_MOST_RECORDED]
        return told | {"around": [{name: row[name] for name in ("class", "import_id", "row")} for row in around]}


def reconcile(
    source: LedgerTable,
    imports: ImportStore,
    *,
    writes_id: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
    people: PeopleOfFacts = (),
) -> Reconciliation:
    """Give each row of the imports its class. `source` must have been opened with the folder of the imports beside it.

    `people` are those of the facts, with whom the names of searchers are compared beside the people on record.
    `writes_id` are the vendors in whose exports the decision id is to be seen. Of a period each row and each search gets the
    class that it has among all: what lies outside is looked at where it decides on them, and then left out.

    Raises:
        ConfigurationError: there are more rows than the memory holds.
    """
    files = imports.files()
    reports = {report["import_id"]: report for report in imports.reports()}
    connection = source.connection.cursor()
    with _told_when_full():
        _load_bounds(connection, since, until)
        _load_ledger(connection)
        lay_out_people(connection, people)
        _load_imports(connection, files, writes_id, tuple(reports))
        _execute(connection, _CLASSES)
    counts = dict.fromkeys(CLASSES, 0)
    of_period = since is not None or until is not None
    counts |= dict(connection.execute(_COUNTS, [of_period]).fetchall())
    found = connection.execute(
        "SELECT class, import_id, sheet, row, decision_id, user_id, person, made_at, search_kind, networks, note, may_be, persons, stranger, "
        "searched_at IS NULL AS undated FROM reconciled "
        "WHERE class <> 'matched' ORDER BY made_at NULLS LAST, import_id, sheet, row, decision_id"
    )
    listed = [row | {"sheet": row["sheet"] or None} for row in _rows(found)]
    undated = [row.pop("undated") for row in listed]
    told = [row | _UNDATED if of_period and alone else row for row, alone in zip(listed, undated, strict=True)]
    reach = tuple(_rows(connection.execute("SELECT * FROM reach ORDER BY made_at, decision_id")))
    return Reconciliation(
        counts=counts,
        rows=tuple(listed),
        told=tuple(told),
        imports=tuple(sorted(reports)),
        reach=reach,
        not_compared=tuple(_rows(connection.execute(_NOT_COMPARED))),
        timed=tuple(_find_timed(connection, reports, since)),
    )


def _find_timed(
    connection: duckdb.DuckDBPyConnection, reports: dict[str, dict[str, Any]], since: datetime | None
) -> Iterator[dict[str, Any]]:
    """What `timed` holds of the imports that may tell of the period: rows without a time are of none after their import."""
    found = connection.execute("SELECT import_id, rows, without_time, beyond, of_period FROM timed ORDER BY import_id")
    for import_id, rows, without_time, beyond, of_period in found.fetchall():
        imported_at = parse_instant(reports[import_id]["imported_at"]) if import_id in reports else None
        if of_period or since is None or imported_at is None or imported_at > since:
            yield {"import_id": import_id, "rows": rows, "without_time": without_time, "beyond": beyond}


@contextlib.contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException:
        remedy = f"they take more than {MEMORY} of memory: reconcile a shorter time, with --since and --until"
        raise ConfigurationError([f"there are too many rows for one reconciliation; {remedy}"]) from None


def keep(
    found: Reconciliation,
    folder: Path,
    record: Callable[[str], object],
    *,
    now: str,
    before: Callable[[str | None], bool],
) -> None:
    """Keep what was found where detectors and reports find it; `record` is told its SHA-256 first.

    Of what was kept last that stays of which `before`, asked with its time, says so: a reconciliation of some days says
    nothing of the others.
    """
    kept = folder / "reconciliation.json"
    document: dict[str, Any] = {"at": now, "counts": found.counts, "imports": found.imports}
    last = orjson.loads(kept.read_bytes()) if kept.exists() else {}
    for name, rows in (("rows", found.rows), ("reach", found.reach)):
        document[name] = [*(row for row in last.get(name, ()) if before(row["at"])), *rows]
    content = orjson.dumps(document)
    draft = folder / "reconciliation.draft"
    write_private(draft, content)
    record(sha256(content).hexdigest())
    draft.replace(kept)


def _execute(connection: Any, text: str) -> None:  # noqa: ANN401 - a DuckDB cursor
    """Run the statements of one of the files beside this, with its numbers put in."""
    filled = text.replace("$near_s", str(_NEAR_S)).replace("$same_s", str(_SAME_S)).replace("$unknown", UNKNOWN)
    for statement in filled.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def _load_bounds(connection: Any, since: datetime | None, until: datetime | None) -> None:  # noqa: ANN401 - a DuckDB cursor
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE bounds AS SELECT ?::TIMESTAMP AS since, ?::TIMESTAMP AS until",
        [since and table_time(since), until and table_time(until)],
    )


def _load_ledger(connection: Any) -> None:  # noqa: ANN401 - a DuckDB cursor
    for table in (
        "again",
        "bearers",
        "named",
        "by_id",
        "found",
        "served",
        "candidates",
        "counted",
        "uncomparable",
        "unsure",
        "unfitted",
        "may_be",
        "part_of_ours",
        "after_denial",
        "refused_by_hour",
        "not_compared",
        "covered",
        "timed",
        "unfound_answered",
        "reconciled",
    ):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    window = ", ".join(
        f"{_SECOND.format(name)} AS {short}" for name, short in (("window_start", "starts"), ("window_end", "ends"))
    )
    columns = "decision_id, ts, user_id, user_name, plate_hmac, plate_hmac_epoch, plate_trace, plate_trace_epoch, "
    columns += f"vendor_profile AS vendor, purpose_code AS purpose, offense_code AS offense, {window}"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE answers AS SELECT decision_id, bool_or(outcome = 'answered') AS answered "
        "FROM records WHERE event_type = 'outcome' GROUP BY decision_id"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE asked AS SELECT {columns}, coalesce(answered, false) AS answered, "  # noqa: S608 - ours
        "coalesce(ts >= since, true) AND coalesce(ts < until, true) AS inside "
        f"FROM records LEFT JOIN answers USING (decision_id) CROSS JOIN bounds WHERE {_WENT_OUT}"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE refused AS SELECT {columns} FROM records WHERE {_REFUSED}")  # noqa: S608
    connection.execute("CREATE OR REPLACE TEMP TABLE span AS SELECT min(ts) AS first, max(ts) AS last FROM records")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE epochs_then AS SELECT min(ts) AS ts, plate_hmac_epoch AS epoch FROM records "
        "WHERE plate_hmac_epoch IS NOT NULL GROUP BY plate_hmac_epoch"
    )


def _load_imports(
    connection: Any,  # noqa: ANN401 - a DuckDB cursor
    files: Sequence[Path],
    writes_id: Sequence[str],
    oldest_first: Sequence[str],
) -> None:
    """The rows of these files; `oldest_first` are the imports in the order in which they were made."""
    listed = ", ".join(quote_text(file.resolve()) for file in files)
    table = f"read_parquet([{listed}], union_by_name = true)" if files else _NO_ROWS
    connection.execute(f"CREATE OR REPLACE TEMP VIEW imported AS SELECT * FROM {table}")  # noqa: S608 - ours
    _execute(connection, _ROWS)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE vendor AS SELECT *, list_contains(?::VARCHAR[], vendor) AS writes_id, "  # noqa: S608
        f"list_position(?::VARCHAR[], import_id) AS import_turn, row_number() OVER (ORDER BY {_BY_WHAT_IT_SAYS}) AS rid "
        "FROM (SELECT n.*, e.epoch AS its_epoch FROM needed n ASOF LEFT JOIN epochs_then e ON n.made_at >= e.ts)",
        [list(writes_id), list(oldest_first)],
    )


_BY_WHAT_IT_SAYS = (
    "plate_state = 'known' DESC, list_contains(coalesce(epochs, []), its_epoch) DESC NULLS LAST, len(coalesce(epochs, [])) DESC, reason_state = 'written' DESC, source = 'organization' DESC, vendor, vendor_id, made_at, decision_id, "
    "plate_hashes, pattern_hashes, epochs, starts, ends, origin, plate_state, reason_state, person, networks, kind, zoneless, source, import_id, sheet, row"
)
"""What says more comes first, and of what says as much it is never by chance, nor by its place, which does.

Of a row that was imported with and without a key, that is the one whose plate can be compared with the record of its time.
"""
_COUNTS = (
    "SELECT CASE WHEN ? AND searched_at IS NULL THEN 'indeterminate' ELSE class END AS counted_as, count(*) "
    "FROM reconciled GROUP BY counted_as"
)
"""Of a period a row without a time, and without the id of a search that has one, is not counted as anything."""
_NOT_COMPARED = (
    "SELECT o.import_id, nullif(o.sheet, '') AS sheet, o.row, o.made_at, n.epoch FROM not_compared n JOIN own o USING (rid) "
    "WHERE o.inside ORDER BY o.import_id, o.sheet, o.row"
)
_UNDATED: dict[str, Any] = {
    "class": "indeterminate",
    "note": "its time cannot be read or has no zone: it may be of any period",
}


_NO_ROWS = (
    "(SELECT ''::VARCHAR AS import_id, '' AS vendor, '' AS source, '' AS sheet, 0::BIGINT AS row, '' AS vendor_id, '' AS "
    "person, true AS own, 0::BIGINT AS networks, NULL::TIMESTAMP AS made_at, NULL::TIMESTAMP AS starts, NULL::TIMESTAMP AS ends, "
    "'' AS plate_state, NULL::VARCHAR[] AS plate_hashes, NULL::VARCHAR[] AS epochs, NULL::VARCHAR AS decision_id, '' AS reason_state, '' AS reason_traits, "
    "'' AS kind, '' AS origin, false AS zoneless, '' AS event, '' AS entity, false AS with_case, false AS with_expiry, false AS "
    "repeated WHERE false)"
)


def _rows(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a DuckDB cursor
    """Rows by the names of their columns, `made_at` as the text `at`."""
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [
        row | {"at": at.isoformat(timespec="seconds") + "Z" if (at := row.pop("made_at")) else None} for row in rows
    ]
