"""One CSV cell to one value. A reader answers what is stored (None: unknown) or raises `Mistake` with a plain sentence.

No sentence repeats the cell: it may hold a plate. Who knows that a file has no plates may show it (`csv_files`).
"""

import re
from collections.abc import Callable
from datetime import date

from gateway import clock, plates
from gateway.facts.vocabulary import suggest
from gateway.model.case_numbers import FORM as CASE_FORM
from gateway.model.case_numbers import is_case_number

LONGEST = 256
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Mistake(ValueError):
    """A cell that cannot be read; the sentence continues "row 3, column active: "."""


def text(cell: str) -> str | None:
    """Free text of at most 256 printable characters; None where empty."""
    if not cell:
        return None
    if len(cell) > LONGEST:
        raise Mistake(f"is longer than {LONGEST} characters")
    if not cell.isprintable():
        raise Mistake("has characters that cannot be printed")
    if cell[0] == " " or cell[-1] == " ":
        raise Mistake("has spaces before or after it")
    return cell


def name(cell: str) -> str:
    """As `text`, but never empty."""
    value = text(cell)
    if value is None:
        raise Mistake("must not be empty")
    _refuse_date(cell)
    return value


def user_id(cell: str) -> str:
    """As `name`, and such that a header can carry it."""
    value = name(cell)
    if not value.isascii():
        raise Mistake("must be of ASCII characters, for it is sent in headers")
    return value


def case_number(cell: str) -> str:
    """A case number that a request can cite."""
    value = name(cell)
    if not is_case_number(value):
        raise Mistake(f"must be {CASE_FORM}, or no request can cite it")
    return value


def flag(cell: str) -> bool | None:
    """`true` or `false`, in capitals too, as spreadsheets write them; None where empty."""
    if not cell:
        return None
    if cell.lower() not in ("true", "false"):
        raise Mistake("must be true, false or empty")
    return cell.lower() == "true"


def day(cell: str) -> str | None:
    """An ISO date; None where empty."""
    if not cell:
        return None
    try:
        if _DAY.fullmatch(cell) is None:
            raise ValueError  # `date` also reads weeks, and dates without hyphens
        date.fromisoformat(cell)
    except ValueError:
        raise Mistake("must be a date as 2026-11-22, or empty") from None
    return cell


def instant(cell: str) -> str | None:
    """An RFC 3339 time, in UTC with milliseconds; None where empty."""
    if not cell:
        return None
    read = clock.parse_instant(cell)
    if read is None:
        raise Mistake("must be a time as 2026-11-22T14:00:00Z, or empty")
    return clock.format_instant(read)


def plate(cell: str) -> str:
    """A plate as issued: letters, digits, spaces and hyphens."""
    if len(cell) > plates.MOST_CHARACTERS:
        raise Mistake(f"must be a plate of at most {plates.MOST_CHARACTERS} characters")
    if not plates.is_accepted(cell):
        raise Mistake("must be a plate of letters, digits, spaces and hyphens")
    _refuse_date(cell)
    return cell


def _refuse_date(cell: str) -> None:
    """Refuse what a spreadsheet makes of JUN21 or 24-12: taken as it is, it would be another plate, or another case."""
    if plates.is_date_of_spreadsheet(cell):
        raise Mistake(f"is {plates.DATE_OF_SPREADSHEET}")


def plate_or_any(cell: str) -> str | None:
    """A plate or a pattern with `*`, as it is approved; None where empty: any."""
    if not cell:
        return None
    plate(cell.replace(plates.WILDCARD, ""))
    return cell


def state(cell: str) -> str | None:
    """A two-letter state in capitals; None where empty."""
    if cell and cell not in plates.STATES:
        raise Mistake(
            "must be a state of the United States by its two letters in capitals, as MD, or empty, as for plates from elsewhere"
        )
    return cell or None


def one_of(words: frozenset[str]) -> Callable[[str], str | None]:
    """The reader of a closed vocabulary; None where empty."""

    def read(cell: str) -> str | None:
        if cell and cell not in words:
            raise Mistake(f"must be one of {', '.join(sorted(words))}, or empty{suggest([cell], words)}")
        return cell or None

    return read


def several_of(words: frozenset[str]) -> Callable[[str], str | None]:
    """The reader of a list out of a closed vocabulary, separated by `;`; None where empty."""

    def read(cell: str) -> str | None:
        if cell and not words.issuperset(cell.split(";")):
            listed = f"must be a list, separated by semicolons, of {', '.join(sorted(words))}, or empty"
            raise Mistake(listed + suggest(re.split("[;, ]+", cell), words))
        return cell or None

    return read


NEVER_EMPTY = (name, user_id, case_number, plate)
"""The readers of what a row cannot be without."""
