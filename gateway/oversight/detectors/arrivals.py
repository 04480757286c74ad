"""What came in beside the ledger, and how far back it tells: a vendor's export is of days that were looked at long before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import parse_instant

_RECONCILIATION = "reconciliation.json"
_EVENTS = "events-*.json"
_JUDGED = ("around_portal", "around_credential", "around_after_denial", "altered")
"""The classes of rows that detectors ask for."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The last reconciliation and the reports of imported event logs, in the folder of oversight's state."""

    state: Path

    def marks(self) -> dict[str, str]:
        """Each by its name, with what changes whenever it is made anew."""
        found = {}
        for path in (self.state / _RECONCILIATION, *sorted((self.state / "imports").glob(_EVENTS))):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            found[path.name] = f"{state.st_ino} {state.st_size} {state.st_mtime_ns}"
        return found

    def earliest(self, names: Iterable[str]) -> datetime | None:
        """The first moment that any of these tells of; None where none tells of any."""
        told = [moment for name in names for moment in self._moments(name)]
        return min(told, default=None)

    def _moments(self, name: str) -> list[datetime]:
        is_reconciliation = name == _RECONCILIATION
        path = self.state / name if is_reconciliation else self.state / "imports" / name
        try:
            kept = orjson.loads(path.read_bytes())
        except FileNotFoundError:
            return []
        texts = self._times_of_rows(kept) if is_reconciliation else [kept.get("first")]
        told = (parse_instant(text) for text in texts if text)
        return [moment for moment in told if moment is not None]

    def _times_of_rows(self, kept: Mapping[str, Any]) -> list[str | None]:
        """Of a row without a time, when its file was imported: then it is told at the earliest."""
        rows = [row for row in kept.get("rows", ()) if row["class"] in _JUDGED]
        untimed = {row["import_id"] for row in rows if row["at"] is None}
        imported = [read_imported_at(self.state / "imports", import_id) for import_id in untimed]
        return [*(row["at"] for row in rows), *imported, *(row["at"] for row in kept.get("reach", ()))]


def read_imported_at(imports: Path, import_id: str) -> str | None:
    """When a file was imported, as its report says; None where it is kept no longer."""
    try:
        told = orjson.loads((imports / f"{import_id}.json").read_bytes()).get("imported_at")
    except FileNotFoundError:
        return None
    return str(told)
