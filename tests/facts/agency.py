"""A small agency of twenty people as the nine CSV files, written anew for each test."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
"""The instant the agency's days are counted from."""

HEADERS = {
    "users": "user_id,name,component,office,roles,active",
    "training": "user_id,course,version,completed_on",
    "acknowledgements": "user_id,document,version,accepted_at",
    "cases": "case_number,kind,status,opened_on,closed_on,offense_code,lookback_from,office",
    "case_members": "case_number,user_id",
    "subjects": "subject_id,case_number,relation,active",
    "subject_plates": "subject_id,plate,plate_state,valid_from,valid_to",
    "approvals": "approval_id,user_id,case_number,scope,plate,approved_by,expires_at",
    "protected_plates": "plate,plate_state,note",
}


def days_ago(days: int) -> str:
    return (NOW - timedelta(days=days)).date().isoformat()


def rows() -> dict[str, list[str]]:
    """The agency: each table's rows as CSV lines."""
    people = [f"u{n},Officer {n},{'ERO' if n % 2 else 'HSI'},BAL,officer,true" for n in range(1, 16)]
    return {
        "users": [
            *people,
            "u16,Sam Supervisor,ERO,BAL,officer;supervisor,true",
            "u17,Pat Former,ERO,BAL,supervisor,false",
            "u18,Kim Privacy,OPLA,HQ,privacy,true",
            "u19,Lee Auditor,OPR,HQ,auditor,true",
            "u20,,,,,",
        ],
        "training": [
            *(f"u{n},lpr,2026,{days_ago(30 + n)}" for n in range(1, 13)),
            f"u13,lpr,2024,{days_ago(700)}",
            f"u1,lpr,2024,{days_ago(800)}",
            "u14,lpr,,",
        ],
        "acknowledgements": [f"u{n},rules_of_behavior,1,2026-10-0{n}T09:00:00Z" for n in range(1, 10)],
        "cases": [
            f"25-001234,criminal,open,{days_ago(400)},,8 USC 1326,{days_ago(1500)},BAL",
            f"25-000777,civil,open,{days_ago(300)},,,,BAL",
            f"24-000009,criminal,closed,{days_ago(900)},{days_ago(100)},18 USC 1546,{days_ago(1200)},BAL",
            "25-000404,,,,,,,",
        ],
        "case_members": ["25-001234,u1", "25-001234,u2", "25-000777,u3", "24-000009,u1"],
        "subjects": [
            "s1,25-001234,subject,true",
            "s2,25-001234,associate,true",
            "s3,25-000777,subject,true",
            "s4,24-000009,subject,true",
            "s5,25-001234,subject,",
        ],
        "subject_plates": [
            f"s1,ABC-120,AR,{days_ago(200)},",
            "s2,XYZ 789,MD,,",
            "s3,abc12O,,,",
            f"s4,OLD111,MD,{days_ago(800)},{days_ago(100)}",
            "s1,DEF456,,,",
            "s5,ABC999,AR,,",
        ],
        "approvals": [
            "a1,u1,25-001234,partial_plate,,u16,2026-11-23T10:00:00Z",
            "a2,u1,25-001234,protected_plate,ABC-120,u17,2026-11-01T00:00:00Z",
            "a3,u2,,,,,",
        ],
        "protected_plates": ["GOV-001,MD,consulate", "JUDGE0,,judge"],
    }


def write_agency(directory: Path, **changes: Sequence[str] | None) -> Path:
    """Writes the nine files; `changes` replaces a table's lines, or leaves the file out where None."""
    directory.mkdir(parents=True, exist_ok=True)
    for table, lines in (rows() | changes).items():
        path = directory / f"{table}.csv"
        path.unlink(missing_ok=True)
        if lines is not None:
            path.write_text("\n".join([HEADERS[table], *lines]) + "\n", encoding="utf-8")
    return directory


def manifest(directory: Path, *, serial: int = 1, as_of: str = "2026-11-22T12:00:00Z") -> dict[str, Any]:
    """The manifest that is true of the files in a directory."""
    files = {}
    for path in sorted(directory.glob("*.csv")):
        content = path.read_bytes()
        with path.open(newline="", encoding="utf-8") as text:
            count = sum(1 for record in csv.reader(text) if record) - 1
        files[path.name] = {"sha256": hashlib.sha256(content).hexdigest(), "rows": count}
    return {"as_of": as_of, "serial": serial, "files": files}


def write_manifest(directory: Path, document: Mapping[str, object]) -> None:
    (directory / "manifest.json").write_text(json.dumps(document), encoding="utf-8")


def with_lines(table: str, extra: Iterable[str]) -> list[str]:
    """A table's lines and some more."""
    return [*rows()[table], *extra]
