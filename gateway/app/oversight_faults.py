"""What keeps the detectors from running, and what of a draft they would not follow: said before anybody relies on them."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gateway import clock
from gateway.app.oversight import agency_values, oversight_folder, reason_describer
from gateway.app.oversight_rules import read_rules, tell_changes
from gateway.app.state import oversight_directory
from gateway.errors import ConfigurationError
from gateway.lifecycle.difference import sum_up
from gateway.oversight.detectors.catalog import is_detector, read_detectors
from gateway.oversight.detectors.trial import try_detectors
from gateway.oversight.imports.columns import read_columns
from gateway.oversight.reports import read_law
from gateway.oversight.tables import OversightFolder
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.check.strays import find_oversight_strays
from gateway.pdp.check.written_numbers import find_two_ways, read_written
from gateway.pdp.tables import find_lines
from gateway.settings import Settings
from gateway.unreadable import tell_all_unreadable

_TABLE = "data.yaml"
_FOLDER = "oversight"
_NEEDED = ("agency", "reasons")
_PLACED = re.compile(r"(oversight/[^,:]+)(?:, line (\d+))?: (.*)", re.DOTALL)


def find_oversight_faults(settings: Settings) -> list[str]:
    """Whatever keeps detectors from running and tables of oversight from being read; each detector is asked once."""
    closed = tell_all_unreadable(oversight_folder(settings).path, ".yaml", ".sql", ".rego")
    if closed:  # whatever else is found may only follow from that
        return [f"oversight/{told}" if told[0] != "/" else told for told in closed]
    return [*find_detector_faults(settings), *find_table_faults(settings)]


def find_detector_faults(settings: Settings) -> list[str]:
    """Whatever keeps the detectors from running: in them, or in the tables `agency` and `reasons`."""
    folder = oversight_folder(settings)
    if not folder.path.is_dir():
        where = "[paths] policies" if settings.oversight.directory is None else "[oversight] directory"
        return (
            [f"{where}: there is no folder {folder.path}: nobody looks for misuse"]
            if settings.oversight.every_s
            else []
        )
    problems = _faults_of(
        lambda: reason_describer(settings),
        lambda: agency_values(settings),
        lambda: read_detectors(folder),
        *(partial(_check_numbers, folder, parts) for parts in _tables_of(folder) if _is_needed(parts)),
    )
    if problems:
        return problems
    return try_detectors(read_detectors(folder), at=clock.now(), zone=agency_values(settings)["time_zone"])


def find_table_faults(settings: Settings) -> list[str]:
    """Whatever cannot be read of all other tables, without which the detectors run all the same, and what is no table."""
    folder = oversight_folder(settings)
    if not folder.path.is_dir():
        return []
    told = _faults_of(
        *_readings(folder, "exports", read_columns),
        *_readings(folder, "laws", read_law),
        *(partial(folder.table, *parts) for parts in _other_tables(folder)),
        *(partial(_check_numbers, folder, parts) for parts in _other_tables(folder)),
    )
    strays = [f"{finding.file}: {finding.sentence}" for finding in find_oversight_strays(folder.path)]
    return list(dict.fromkeys([*told, *strays]))


def _readings(
    folder: OversightFolder, table: str, read: Callable[[OversightFolder, str], object]
) -> list[Callable[[], object]]:
    """A reading of each entry of a table; of the table alone, where that cannot be read."""
    try:
        return [partial(read, folder, name) for name in folder.table(table)]
    except ConfigurationError:
        return [partial(folder.table, table)]


def _other_tables(folder: OversightFolder) -> Iterator[tuple[str, ...]]:
    """Where tables lie that the detectors run without."""
    return (parts for parts in _tables_of(folder) if not _is_needed(parts))


def _tables_of(folder: OversightFolder) -> Iterator[tuple[str, ...]]:
    return (path.relative_to(folder.path).parts[:-1] for path in sorted(folder.path.rglob(_TABLE)))


def _is_needed(parts: tuple[str, ...]) -> bool:
    return len(parts) == 1 and (parts[0] in _NEEDED or is_detector(parts[0]))


def _check_numbers(folder: OversightFolder, parts: tuple[str, ...]) -> None:
    """Refuse numbers that mean one thing to who writes them and another to who reads them, each at its line."""
    folder.table(*parts)
    text = folder.path.joinpath(*parts, _TABLE).read_text(encoding="utf-8")
    lines, name = find_lines(text), "/".join((_FOLDER, *parts, _TABLE))
    told = [
        f"{name}, line {lines[path]}: `{'.'.join(map(str, path))}` {sentence}."
        for path, sentence in find_two_ways(read_written(text))
    ]
    if told:
        raise ConfigurationError(told)


def _faults_of(*readings: Callable[[], object]) -> list[str]:
    problems: list[str] = []
    for read in readings:
        try:
            read()
        except ConfigurationError as mistake:
            problems += mistake.problems
    return problems


def oversight_findings(settings: Settings, policies: Path) -> list[PolicyFinding]:
    """The same of the folder of oversight in a policy folder, by file and line; nothing where it has none."""
    if not (policies / _FOLDER).is_dir():
        return []
    there = settings.oversight.model_copy(update={"directory": policies / _FOLDER})
    return [_place(fault) for fault in find_oversight_faults(settings.model_copy(update={"oversight": there}))]


def tell_unsigned(settings: Settings, policies: Path) -> str | None:
    """A sentence where a draft holds another oversight than the one that is followed, which no signature changes."""
    followed = oversight_directory(settings)
    if not (policies / _FOLDER).is_dir() or not followed.is_dir():
        return None
    changes = tell_changes(read_rules(followed), read_rules(policies / _FOLDER))
    if not changes:
        return None
    told = f"{sum_up(changes)}. Detectors and tables of oversight are no part of what is signed and activated"
    remedy = (
        "What the draft means to change is changed there, each time on record; what was changed there since stays so"
    )
    return f"{told}: they are followed where they lie, in {followed}. {remedy}"


def _place(fault: str) -> PolicyFinding:
    found = _PLACED.fullmatch(fault)
    file, line, sentence = (found[1], int(found[2] or 0), found[3]) if found else (_FOLDER, 0, fault)
    return PolicyFinding(file=file, line=line, rule="oversight", sentence=sentence)
