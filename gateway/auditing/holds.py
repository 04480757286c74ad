"""Holds: cases whose records an inquiry needs, so that retention leaves them. A hold is a record, and nothing else."""

from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.access import Access
from gateway.ledger.retention import active_holds
from gateway.ledger.segments import read_records


def place_hold(directory: Path, case: str, access: Access) -> bool:
    """Keep every segment that names this case; False where that is so already.

    Raises:
        Refusal: it cannot be recorded, so there is no hold.
    """
    return _turn(directory, case, access, held=True)


def release_hold(directory: Path, case: str, access: Access) -> bool:
    """Let retention have the case's segments again; False where there was no hold.

    Raises:
        Refusal: it cannot be recorded, so the hold stays.
    """
    return _turn(directory, case, access, held=False)


def _turn(directory: Path, case: str, access: Access, *, held: bool) -> bool:
    if (case in active_holds(directory)) is held:
        return False
    if held:
        access.require_no_plate("--case", case)
    event = "hold.placed" if held else "hold.released"
    access.recorder(event, case_number=case, operator=access.reader, why=access.why)
    return True


def holds_in_force(directory: Path) -> list[dict[str, Any]]:
    """Each held case: since when, by whom, why."""
    active, found = active_holds(directory), dict[str, dict[str, Any]]()
    for line in read_records(directory):
        if b'"event_type":"hold.placed"' in line.raw:
            record = orjson.loads(line.raw)
            found[record["case_number"]] = {name: record.get(name) for name in ("case_number", "ts", "operator", "why")}
    return [found[case] for case in sorted(active) if case in found]
