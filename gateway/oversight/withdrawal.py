"""What goes with an import that is withdrawn: its rows in the last reconciliation, and the findings that rest on its rows.

Such a finding is judged by nobody and is not: there is nothing left to judge. That it is withdrawn is on record; the same found
again, after the file was imported anew, is open anew. That an import was withdrawn is an alert itself.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.private import replace_private
from gateway.oversight.detectors.detection import name_finding
from gateway.oversight.kept import RECONCILIATION
from gateway.oversight.reviews import MisuseFinding


def raised_by(import_id: str, findings: Iterable[MisuseFinding], state: Path) -> list[MisuseFinding]:
    """The findings nobody has judged that rest on rows of this import and of no other."""
    rows = {f"{import_id}:{row['row']}" for row in _read(state).get("rows", ()) if row["import_id"] == import_id}
    return [item for item in findings if not item.is_closed and _rests_on(item, import_id, rows)]


def leave_out(import_id: str, state: Path) -> bytes | None:
    """What is kept of the last reconciliation without the rows of this import; None where it has none of them."""
    kept = _read(state)
    others = [row for row in kept.get("rows", ()) if row["import_id"] != import_id]
    return None if len(others) == len(kept.get("rows", ())) else orjson.dumps({**kept, "rows": others})


def put_back(content: bytes, state: Path) -> None:
    """Keep this of the last reconciliation, whose digest is on record."""
    replace_private(state / RECONCILIATION, content)


def _rests_on(finding: MisuseFinding, import_id: str, rows: Iterable[str]) -> bool:
    """Whether it names a row of this import and of no other; one of D20 may name the row's decision, and is told by its id."""
    named = {name.rpartition(":")[0] for name in finding.decision_ids if ":" in name}
    return named == {import_id} or (not named and any(_is_about(finding, row) for row in rows))


def _is_about(finding: MisuseFinding, row: str) -> bool:
    ids: Sequence[str] = finding.decision_ids
    named = name_finding(finding.detector_id, finding.user_id, finding.severity, finding.at, ids, row)
    return named == finding.finding_id


def _read(state: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = orjson.loads((state / RECONCILIATION).read_bytes())
    except FileNotFoundError:
        return {}
    return kept
