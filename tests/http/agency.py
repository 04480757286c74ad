"""The demonstration's agency, and what only these tests need: many equal officers, and plates that must not leak."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

from gateway.clock import now
from gateway.demo import agency
from gateway.demo.agency import CASE, OTHERS_CASE

MARKED_PLATE = "MQZX771"  # of a subject of CASE; like nothing else in any file
OTHERS_PROTECTED_PLATE = "PRT555"
OWN_PROTECTED_PLATE = "PRO888"
PROTECTED_PLATE = "GOV001"  # nobody's
OTHERS_PLATE_LIKE_CASE = "AB-1234"  # open, of another office, nobody's of these tests; its number looks like a plate
APPROVED = "approved"  # an officer who may search CASE by parts of plates
OFFICERS = tuple(f"t{number:03d}" for number in range(1, 401))
"""All alike: trained, members of CASE. One may ask 200 times a day, so each test takes new ones; one worker may get all tests."""

SEEN = (*agency.PLATES, (MARKED_PLATE, "AR"))
"""What the vendors have reads of."""


def write_agency(directory: Path, at: datetime | None = None) -> None:
    """Write the nine files."""
    at = at or now()
    agency.write_agency(directory, at)
    people = (*OFFICERS, APPROVED)
    tomorrow = (at + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    today, moment = at.date().isoformat(), at.strftime("%Y-%m-%dT%H:%M:%SZ")
    more = {
        "users": [(user, f"Officer {user}", "HSI", "BAL", "officer", "true") for user in people],
        "training": [(user, "lpr", "2026", today) for user in people],
        "acknowledgements": [(user, "rules_of_behavior", "1", moment) for user in people],
        "cases": [(OTHERS_PLATE_LIKE_CASE, "criminal", "open", today, "", "18-USC-1546", "2022-01-01", "NYC")],
        "case_members": [(CASE, user) for user in people],
        "approvals": [("m01", APPROVED, CASE, "partial_plate", "", "u16", tomorrow)],
        "subjects": [
            ("m01", CASE, "subject", "true"),
            ("m02", OTHERS_CASE, "subject", "true"),
            ("m03", CASE, "subject", "true"),
        ],
        "subject_plates": [
            ("m01", MARKED_PLATE, "AR", "", ""),
            ("m02", OTHERS_PROTECTED_PLATE, "NY", "", ""),
            ("m03", OWN_PROTECTED_PLATE, "AR", "", ""),
        ],
        "protected_plates": [(OTHERS_PROTECTED_PLATE, "NY", "judge"), (OWN_PROTECTED_PLATE, "AR", "witness")],
    }
    for table, rows in more.items():
        with (directory / f"{table}.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
