"""What is known beside the ledger, read from where oversight keeps it: the last reconciliation, imports, rosters, households."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.query_engine import connect, quote_text, table_time
from gateway.clock import parse_instant
from gateway.oversight.detectors.arrivals import read_imported_at
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.imports.store import ImportStore

_EVENTS = """
WITH told AS (
  SELECT * REPLACE (coalesce(vendor_id, '') AS vendor_id), list_position(?::VARCHAR[], import_id) AS turn, row(vendor, vendor_id, made_at, person, plate_state, decision_id, reason_state,
    reason_traits, event, entity, with_case, with_expiry) AS said
  FROM read_parquet([{files}], union_by_name = true) WHERE NOT repeated
), events AS (
  SELECT *, row(turn, coalesce(sheet, ''), row) AS place,
    CASE WHEN vendor_id = '' THEN row_number() OVER (PARTITION BY import_id, said, plate_hashes ORDER BY sheet, row) ELSE 1 END AS nth
  FROM told
)
SELECT e.import_id, e.row, e.made_at, nullif(e.person, ''), e.plate_hashes[1], string_split(coalesce(e.reason_traits, ''), ';'), e.event, e.entity,
  e.with_case, e.with_expiry
FROM events e ANTI JOIN events f ON f.said = e.said AND f.nth = e.nth AND f.place < e.place AND (e.vendor_id <> '' OR f.turn < e.turn)
  AND CASE WHEN e.plate_hashes IS NULL AND f.plate_hashes IS NULL THEN true
    WHEN list_has_any(f.epochs, e.epochs) THEN coalesce(list_has_any(f.plate_hashes, e.plate_hashes), false) ELSE e.vendor_id <> '' END
ORDER BY e.turn, e.sheet, e.row
"""
"""Each event, unless an earlier import tells it: by its id, or, without one, as the same in all that is kept (the second of two in one file is
the second of two in another). Whatever is another in anything kept counts by itself: nobody hides behind an id."""


def read_detection_context(
    state: Path, imports: ImportStore, *, imported: Sequence[datetime] = (), changed: Sequence[str] = ()
) -> DetectionContext:
    """All of it; what is not there is empty. The record says when exports were `imported`, and what was `changed` since."""
    kept = _read(state / "reconciliation.json")
    rows = kept["rows"] if isinstance(kept, dict) else []
    imported_at = {name: read_imported_at(state / "imports", name) for name in {row["import_id"] for row in rows}}
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
                _naive(row["at"] or imported_at[row["import_id"]]),
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
    """What the event logs tell, each event once: what overlapping logs tell again bears the place of its first import."""
    files = [path for path in imports.files() if path.name.startswith("events-")]
    if not files:
        return []
    listed = ", ".join(quote_text(path.resolve()) for path in files)
    with connect([imports.folder]) as connection:
        return connection.execute(
            _EVENTS.format(files=listed), [[report["import_id"] for report in imports.reports()]]
        ).fetchall()


def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _naive(text: str | None) -> datetime | None:
    moment = None if text is None else parse_instant(text)
    return moment and table_time(moment)
