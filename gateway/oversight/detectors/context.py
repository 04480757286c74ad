"""What is known beside the ledger, read from where oversight keeps it: the last reconciliation, imports, rosters, households."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.query_engine import connect, quote_text
from gateway.clock import parse_instant
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.imports.store import ImportStore


def read_detection_context(state: Path, imports: ImportStore) -> DetectionContext:
    """All of it; what is not there is empty."""
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
        vendor_events=_events(imports),
        vendor_imports=[(_naive(report["imported_at"]),) for report in imports.reports() if report["kind"] != "events"],
        rosters=[(user, _naive(starts), _naive(ends)) for user, starts, ends in _read(state / "rosters.json") or []],
        households=[(item,) for item in _read(state / "households.json") or []],
    )


def _events(imports: ImportStore) -> list[tuple[Any, ...]]:
    files = [path for path in imports.files() if path.name.startswith("events-")]
    if not files:
        return []
    listed = ", ".join(quote_text(path.resolve()) for path in files)
    with connect([imports.folder]) as connection:
        return connection.execute(
            f"SELECT import_id, row, made_at, NULL, event, entity, with_case, with_expiry FROM read_parquet([{listed}]) "  # noqa: S608
            "WHERE NOT repeated"
        ).fetchall()


def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _naive(text: str | None) -> datetime | None:
    moment = None if text is None else parse_instant(text)
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
