"""What is known beside the ledger, read from where oversight keeps it: the last reconciliation, imports, rosters, households."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.query_engine import connect, quote_text, table_time
from gateway.clock import parse_instant
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.imports.store import ImportStore


def read_detection_context(
    state: Path, imports: ImportStore, *, imported: Sequence[datetime] = (), changed: Sequence[str] = ()
) -> DetectionContext:
    """All of it; what is not there is empty. The record says when exports were `imported`, and what was `changed` since."""
    kept = _read(state / "reconciliation.json")
    rows = kept["rows"] if isinstance(kept, dict) else []
    return DetectionContext(
        vendor_rows=[
            (
                row["class"],
                row["import_id"],
                row["row"],
                row["decision_id"],
                row["user_id"],
                _naive(row["at"]),
                row["networks"],
            )
            for row in rows
        ],
        vendor_reach=[
            (row["decision_id"], _naive(row["at"]), row["networks"], row["purpose"], row["offense"])
            for row in (kept.get("reach", ()) if isinstance(kept, dict) else ())
        ],
        vendor_events=_events(imports),
        vendor_imports=[(at,) for at in imported],
        kept_changed=[(name,) for name in changed],
        rosters=[(user, _naive(starts), _naive(ends)) for user, starts, ends in _read(state / "rosters.json") or []],
        households=[(item,) for item in _read(state / "households.json") or []],
        holders=[(plate, holder) for plate, holder in _read(state / "registrations.json") or []],
        named=_list_named(rows),
    )


def _list_named(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Whom each row of the reconciliation may name; one that an earlier version made does not say it."""
    named: dict[str, list[str]] = {}
    for row in rows:
        if row.get("persons") or row.get("stranger"):
            named.setdefault(f"{row['import_id']}:{row['row']}", []).extend(row["persons"])
    return named


def _events(imports: ImportStore) -> list[tuple[Any, ...]]:
    """What the event logs tell, each event once: what overlapping logs tell again bears the place of its first import.

    Whatever has the id of an event and is another in anything that is kept of it counts by itself: nobody hides behind an id.
    """
    files = [path for path in imports.files() if path.name.startswith("events-")]
    if not files:
        return []
    listed = ", ".join(quote_text(path.resolve()) for path in files)
    with connect([imports.folder]) as connection:
        return connection.execute(
            f"SELECT import_id, row, made_at, nullif(person, ''), plate_hashes[1], string_split(coalesce(reason_traits, ''), ';'), event, entity, "  # noqa: S608
            f"with_case, with_expiry FROM read_parquet([{listed}], union_by_name = true) "
            "WHERE NOT repeated WINDOW w AS (PARTITION BY vendor, vendor_id, made_at, person, reason_traits, event, entity, with_case, with_expiry "
            "ORDER BY list_position(?::VARCHAR[], import_id), row) "
            "QUALIFY vendor_id = '' OR row_number() OVER w = 1 OR coalesce(list_has_any(epochs, first_value(epochs) OVER w) "
            "AND NOT list_has_any(plate_hashes, first_value(plate_hashes) OVER w), false)",
            [[report["import_id"] for report in imports.reports()]],
        ).fetchall()


def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _naive(text: str | None) -> datetime | None:
    moment = None if text is None else parse_instant(text)
    return moment and table_time(moment)
