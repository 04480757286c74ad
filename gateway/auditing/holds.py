"""Holds: cases whose records an inquiry needs, so that retention leaves them. A hold is a record, and nothing else."""

from pathlib import Path
from typing import Any

import orjson

from gateway.auditing.access import Access
from gateway.ledger.retention import HOLD, find_held
from gateway.ledger.segments import chains, lines_in, segments


def place_hold(directory: Path, case: str, access: Access) -> tuple[bool, list[str]]:
    """Keep every segment that names this case; False where that is so already, and the segments that cannot be read.

    Raises:
        ConfigurationError: it looks like a plate, and is known nowhere.
        Refusal: it cannot be recorded, so there is no hold.
    """
    return _turn(directory, case, access, held=True)


def release_hold(directory: Path, case: str, access: Access) -> tuple[bool, list[str]]:
    """Let retention have the case's segments again; False where there was no hold, and the segments that cannot be read.

    Raises:
        Refusal: it cannot be recorded, so the hold stays.
    """
    return _turn(directory, case, access, held=False)


def holds_in_force(directory: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Each held case: since when, by whom, why; and the names of segments that cannot be read, in which there may be more."""
    events, unreadable = _read_events(directory)
    held = find_held(events)
    names = ("case_number", "ts", "operator", "why")
    found = {
        record["case_number"]: {name: record.get(name) for name in names}
        for record in events
        if record["event_type"] == "hold.placed"
    }
    return [found[case] for case in sorted(held) if case in found], unreadable


def _turn(directory: Path, case: str, access: Access, *, held: bool) -> tuple[bool, list[str]]:
    """Record it; where a part of the record cannot be read also what may be so already, for nobody can tell.

    That it is so already is an answer out of the record, as is that no record knows a case that looks like a plate: then that it was asked is recorded.
    """
    events, unreadable = _read_events(directory)
    if not unreadable and (case in find_held(events)) is held:
        access.record("holds", {"case": case})
        return False, unreadable
    if held and access.may_be_plate(case):
        access.record("holds", {"case": case})  # and is refused
    event = "hold.placed" if held else "hold.released"
    access.recorder(event, case_number=case, operator=access.reader, why=access.why)
    return True, unreadable


def _read_events(directory: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The records of holds, and the names of the segments that cannot be read to their end."""
    events: list[dict[str, Any]] = []
    unreadable: list[str] = []
    for segment in (segment for chain in chains(directory) for segment in segments(directory, chain)):
        try:
            events += [orjson.loads(line.raw) for line in lines_in(segment) if HOLD in line.raw]
        except (OSError, ValueError):
            unreadable.append(segment.name)
    return events, unreadable
