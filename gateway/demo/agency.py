"""The facts of a small invented agency, as the CSV files an import reads. People, cases and plates are made up.

Ages are in days before the day of writing, so that "lapsed" stays lapsed whenever the demonstration runs.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

CASE, CLOSED_CASE, CIVIL_CASE, OTHERS_CASE = "25-001234", "24-000871", "26-000410", "26-000555"
UNLISTED_CASE = "26-009999"
PLATE, SPOUSES_PLATE, LOOKALIKE_PLATE, CIVIL_PLATE, OTHERS_PLATE = "FNA579", "KLM482", "BOY12O", "RVT208", "HXW731"
NOBODYS_PLATE = "ZZZ999"
CLOSED = {"caseNumber": CLOSED_CASE, "plate": "CLS204", "state": "maryland"}
OFFICER, LAPSED, UNSIGNED, COLLEAGUE, SUPERVISOR, SERVICE = "u01", "u02", "u03", "u04", "u05", "svc-rms"
PRIVACY = "u07"

_USERS = [
    (OFFICER, "Avery Stone", "HSI", "BAL", "officer", "true"),
    (LAPSED, "Blake Rivera", "HSI", "BAL", "officer", "true"),
    (UNSIGNED, "Casey Nguyen", "HSI", "BAL", "officer", "true"),
    (COLLEAGUE, "Drew Patel", "ERO", "NYC", "officer", "true"),
    (SUPERVISOR, "Emerson Clarke", "HSI", "BAL", "officer;supervisor", "true"),
    ("u06", "Finley Brooks", "ERO", "NYC", "officer", "false"),
    (PRIVACY, "Gray Ellison", "OPR", "HQ", "privacy", "true"),
    ("u08", "Harper Quinn", "OIG", "HQ", "auditor", "true"),
    ("u09", "Indigo Marsh", "OCIO", "HQ", "administrator", "true"),
    ("u10", "Jordan Vance", "ERO", "NYC", "officer;supervisor", "true"),
    ("u11", "Kai Sutton", "HSI", "LRK", "officer", "true"),
    ("u12", "Lane Ortiz", "HSI", "LRK", "officer", "true"),
    ("u13", "Morgan Hale", "ERO", "BAL", "officer", "true"),
    ("u14", "Noel Farrow", "ERO", "BAL", "officer", "true"),
    ("u15", "Oakley Dunn", "HSI", "NYC", "officer", "true"),
    ("u16", "Parker Wells", "HSI", "NYC", "supervisor", "true"),
    ("u17", "Quincy Abara", "ERO", "LRK", "officer", "true"),
    ("u18", "Reese Tanaka", "ERO", "LRK", "officer", "true"),
    ("u19", "Sage Kowalski", "HSI", "BAL", "officer", "true"),
    (SERVICE, "Records system", "OCIO", "BAL", "", "true"),
]
_TRAINING_AGES = {
    OFFICER: 120, LAPSED: 400, UNSIGNED: 30, COLLEAGUE: 200, SUPERVISOR: 15, "u06": 90, "u10": 300, "u11": 45,
    "u12": 366, "u13": 10, "u14": 500, "u15": 77, "u16": 364, "u17": 5, "u18": 250,
}  # fmt: skip
_RULES_AGES = {user: age for user, age in _TRAINING_AGES.items() if user != UNSIGNED}
_CASES = [  # number, kind, status, opened, closed, offense, searchable back to, office
    (CASE, "criminal", "open", 420, None, "18-USC-1546", 1200, "BAL"),
    (CLOSED_CASE, "criminal", "closed", 900, 60, "18-USC-1028", 1500, "BAL"),
    (CIVIL_CASE, "civil", "open", 200, None, "", None, "NYC"),
    (OTHERS_CASE, "criminal", "open", 90, None, "8-USC-1326", 800, "NYC"),
    ("26-000602", "criminal", "open", 30, None, "18-USC-1591", 3000, "LRK"),
    ("23-000077", "civil", "closed", 1300, 400, "", None, "NYC"),
]
_MEMBERS = [
    (CASE, OFFICER), (CASE, LAPSED), (CASE, UNSIGNED), (CASE, SUPERVISOR), (CLOSED_CASE, OFFICER),
    (CIVIL_CASE, COLLEAGUE), (OTHERS_CASE, COLLEAGUE), (OTHERS_CASE, "u10"), ("26-000602", "u11"), ("23-000077", "u10"),
]  # fmt: skip
_SUBJECTS = [
    ("s01", CASE, "subject", "true"),
    ("s02", CASE, "spouse", "true"),
    ("s03", CASE, "subject", "true"),
    ("s04", CIVIL_CASE, "subject", "true"),
    ("s05", OTHERS_CASE, "subject", "true"),
    ("s06", CLOSED_CASE, "subject", "true"),
    ("s07", "26-000602", "subject", "true"),
    ("s08", "26-000602", "associate", "true"),
]
_PLATES = [  # subject, plate, state, valid from (days ago), valid to
    ("s01", PLATE, "AR", 900, None),
    ("s02", SPOUSES_PLATE, "AR", 700, None),
    ("s03", LOOKALIKE_PLATE, "MD", 500, None),
    ("s04", CIVIL_PLATE, "NY", None, None),
    ("s05", OTHERS_PLATE, "NY", 600, None),
    ("s06", "CLS204", "MD", 1600, None),
    ("s07", "AR7 731", "AR", 365, None),
    ("s08", "TQX115", "AR", 365, None),
    ("s01", "OLD111", "AR", 2000, 901),
]

PLATES = tuple((plate, state) for _, plate, state, _, _ in _PLATES)
"""What the demonstration's vendors have seen."""


def write_agency(directory: Path, now: datetime) -> None:
    """Write all nine files into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    today = now.astimezone(UTC)

    def day(age: int | None) -> str:
        return "" if age is None else (today - timedelta(days=age)).date().isoformat()

    def instant(*, hours: int) -> str:
        return (today + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    tables: dict[str, tuple[str, Sequence[tuple[str, ...]]]] = {
        "users": ("user_id,name,component,office,roles,active", _USERS),
        "training": (
            "user_id,course,version,completed_on",
            [(user, "lpr", "2026", day(age)) for user, age in _TRAINING_AGES.items()],
        ),
        "acknowledgements": (
            "user_id,document,version,accepted_at",
            [(user, "rules_of_behavior", "1", instant(hours=-24 * age)) for user, age in _RULES_AGES.items()],
        ),
        "cases": (
            "case_number,kind,status,opened_on,closed_on,offense_code,lookback_from,office",
            [(*row[:3], day(row[3]), day(row[4]), row[5], day(row[6]), row[7]) for row in _CASES],
        ),
        "case_members": ("case_number,user_id", _MEMBERS),
        "subjects": ("subject_id,case_number,relation,active", _SUBJECTS),
        "subject_plates": (
            "subject_id,plate,plate_state,valid_from,valid_to",
            [(*row[:3], day(row[3]), day(row[4])) for row in _PLATES],
        ),
        "approvals": (
            "approval_id,user_id,case_number,scope,plate,approved_by,expires_at",
            [("a01", SUPERVISOR, CASE, "partial_plate", "", "u16", instant(hours=20))],
        ),
        "protected_plates": ("plate,plate_state,note", [("GOV001", "MD", "undercover vehicle")]),
    }
    for name, (header, rows) in tables.items():
        with (directory / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)
