"""What a report is made of: sections with plain sentences, figures, a chart and a table. How it looks is `page`'s."""

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.auditing.private import private_file, refuse_within_ledger, write_private
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.media import for_csv

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any record: the period is everything that there is."""
KINDS = ("weekly", "training", "access", "person", "plate")
"""The reports that `audit report` makes."""
Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The time a report is about: `since` included, `until` not."""

    since: datetime
    until: datetime

    @property
    def text(self) -> str:
        """As a person reads it."""
        begin = "The beginning of the record" if self.since <= BEGINNING else _to_the_minute(self.since)
        return f"{begin} to {_to_the_minute(self.until)} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """Rows under columns. `name` is the name of its CSV file; `empty` what is said where there are no rows."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    empty: str = "None in this period."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One matter. `chart` is SVG of ours, `text` says in plain words what is shown and how it was counted."""

    heading: str
    text: str
    table: ReportTable | None = None
    chart: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number to see at a glance, with what to compare it with."""

    label: str
    value: str
    note: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report: `basis` says which rule asks for it, `extent` how much of its period the record does not hold.

    `lacking` are sentences on what was left out of it or does not check out. `signed_off`: there is a place for the reviewer's name; `landscape`: its tables are wide.
    """

    name: str
    title: str
    basis: str
    period: Period
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    made_at: datetime
    extent: str = ""
    lacking: tuple[str, ...] = ()
    signed_off: bool = False
    landscape: bool = False


def _to_the_minute(instant: datetime) -> str:
    return format_instant(instant)[:16].replace("T", " ")


def refuse_second(name: str, out: Path) -> None:
    """No report takes the place of another: which of the two somebody has read could not be said any more.

    Raises:
        ConfigurationError: the folder has a report of this name, or lies in a ledger.
    """
    refuse_within_ledger(out)
    page = out / f"{name}.html"
    if page.is_file():
        raise ConfigurationError([f"{page} is there already: give another folder, or move that report away"])


def write_report(report: Report, html: str, out: Path) -> list[Path]:
    """Write the page and a CSV file for each table into a folder, all of it for the owner alone; the files."""
    page = out / f"{report.name}.html"
    write_private(page, html.encode())
    tables = [section.table for section in report.sections if section.table is not None]
    return [page, *(_write_csv(table, out / f"{report.name}-{table.name}.csv") for table in tables)]


def _write_csv(table: ReportTable, path: Path) -> Path:
    with private_file(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.columns)
        writer.writerows([for_csv(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows)
    return path
