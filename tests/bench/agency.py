"""A facts directory of any size: the same few people and cases asked about, among as many subjects as wanted."""

from collections.abc import Iterator
from pathlib import Path

from tests.facts.agency import HEADERS, days_ago

PEOPLE = 1000
PLATES_PER_CASE = 10


def plate(number: int) -> str:
    """The plate of a subject: seven characters, all different, none alike under O and 0."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    number, last = divmod(number, 10000)
    number, third = divmod(number, len(letters))
    first, second = divmod(number, len(letters))
    return f"{letters[first % len(letters)]}{letters[second]}{letters[third]}{last:04d}"


def write_large_agency(directory: Path, plates: int) -> Path:
    """Writes the nine files: 1,000 trained people, a subject a plate, ten subjects a case, two members a case."""
    cases = -(-plates // PLATES_PER_CASE)
    tables = {
        "users": (f"u{n},Officer {n},ERO,BAL,officer,true" for n in range(PEOPLE)),
        "training": (f"u{n},lpr,2026,{days_ago(30)}" for n in range(PEOPLE)),
        "acknowledgements": (f"u{n},rules_of_behavior,1,2026-10-01T09:00:00Z" for n in range(PEOPLE)),
        "cases": (f"c{n},criminal,open,{days_ago(400)},,,{days_ago(1500)},BAL" for n in range(cases)),
        "case_members": _members(cases),
        "subjects": (f"s{n},c{n // PLATES_PER_CASE},subject,true" for n in range(plates)),
        "subject_plates": (f"s{n},{plate(n)},AR,," for n in range(plates)),
        "approvals": (f"a{n},u{n},c{n},partial_plate,,u0,2036-01-01T00:00:00Z" for n in range(1, min(100, cases))),
        "protected_plates": (f"GOV{n:04d},," for n in range(100)),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for table, lines in tables.items():
        with (directory / f"{table}.csv").open("w", encoding="utf-8") as file:
            file.write(f"{HEADERS[table]}\n")
            file.writelines(f"{line}\n" for line in lines)
    return directory


def _members(cases: int) -> Iterator[str]:
    for number in range(cases):
        yield f"c{number},u{number % PEOPLE}"
        yield f"c{number},u{(number + 1) % PEOPLE}"
