"""The cases beside a detector, `tests.yaml`, read; and what each says is known beside the ledger."""

from collections.abc import Mapping
from datetime import datetime

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.oversight.detectors.case_forms import DetectorCase
from gateway.oversight.detectors.catalog import Detector
from gateway.oversight.detectors.scene import DetectionContext
from gateway.oversight.detectors.sequences import moment
from gateway.oversight.table_forms import find_line, read_form
from gateway.oversight.tables import OversightFolder
from gateway.unreadable import tell_unreadable

NOTHING = "none"
_FILE = "tests.yaml"


def read_cases(folder: OversightFolder, detector: Detector) -> tuple[DetectorCase, ...]:
    """The cases beside a detector, in their order.

    Raises:
        ConfigurationError: there are none that can be read, or none of what it finds, or none of what it does not.
    """
    place = f"oversight/{detector.folder}/{_FILE}"
    try:
        text = (folder.path / detector.folder / _FILE).read_text(encoding="utf-8")
    except PermissionError as error:
        raise ConfigurationError([f"{place}: {tell_unreadable(error)}"]) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            [f"{place}: there is no such file that can be read, so nothing says what it finds"]
        ) from None
    told = folder.parse(text, place)
    read = _read_all(told, place, folder.find_lines(text))
    if len({case.expect == NOTHING for case in read}) < 2:  # noqa: PLR2004 - of either kind
        raise ConfigurationError([f"{place}: needs a case in which something is found, and one in which nothing is"])
    return tuple(read)


def _read_all(told: Json, place: str, lines: Mapping[tuple[str | int, ...], int]) -> list[DetectorCase]:
    cases = told.get("cases") if isinstance(told, dict) and len(told) == 1 else None
    if not isinstance(cases, list):
        raise ConfigurationError([f"{place}: must be a list of cases, under the one word `cases`"])
    read, problems = [], []
    for number, case in enumerate(cases, start=1):
        try:
            read.append(_read(case, place, number, lines))
        except ConfigurationError as mistake:
            problems += mistake.problems
    if problems:
        raise ConfigurationError(problems)
    return read


def _read(case: Json, place: str, number: int, lines: Mapping[tuple[str | int, ...], int]) -> DetectorCase:
    if not isinstance(case, dict):
        raise ConfigurationError([f"{place}: case {number} must have name and expect"])
    name = case.get("name")
    entry = f'"{name}"' if isinstance(name, str) else f"case {number}"
    return read_form(DetectorCase, case, f"{place}: {entry}", lambda loc: find_line(lines, ("cases", number - 1, *loc)))


def context_of(case: DetectorCase, start: datetime) -> DetectionContext:
    """What a case says is known beside the ledger."""
    return DetectionContext(
        vendor_rows=[
            (row.of, "organization-x", number, None, row.user, moment(start, day), row.networks, moment(start, day))
            for number, row in enumerate(case.vendor, start=2)
            for day in row.days
        ],
        vendor_reach=[
            ("x", moment(start, day), row.networks, row.purpose, row.offense) for row in case.reach for day in row.days
        ],
        vendor_events=[
            (
                *("events-x", number, moment(start, day), "User One", row.plate, row.traits),
                *(row.event, row.entity, row.case, row.expiry),
            )
            for number, row in enumerate(case.events, start=2)
            for day in row.days
        ],
        vendor_imports=[(moment(start, day),) for day in case.imports],
        kept_changed=[(name,) for name in case.changed],
        rosters=[(row.user, moment(start, row.begins), moment(start, row.ends)) for row in case.rosters],
        households=[(f"h-{plate}",) for plate in case.households],
        holders=[(f"h-{plate}", holder) for plate, holder in case.holders.items()],
    )
