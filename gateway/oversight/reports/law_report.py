"""A report that a law asks for: its figures in the order of the table, which paragraph asks for each, and what is lacking."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from gateway.auditing.access import Access
from gateway.auditing.gone import tell_extent
from gateway.auditing.private import write_private
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import KINDS, Figure, Period, Report, ReportTable, Section
from gateway.auditing.search import SEARCHES
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.errors import ConfigurationError
from gateway.near_words import suggest_near
from gateway.oversight.kept import STANDING_FINDINGS
from gateway.oversight.reports.figures import FIGURES
from gateway.oversight.reports.watchers import WATCHED
from gateway.oversight.table_forms import LawForm, find_value_line, put_line, read_form
from gateway.oversight.tables import OversightFolder, values
from gateway.value import replace

_FILE = "oversight/laws/data.yaml"
ALL_FIGURES = {**FIGURES, **WATCHED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One entry of the table: `figures` are name and paragraph."""

    name: str
    title: str
    law: str
    days: int
    figures: tuple[tuple[str, str], ...]
    cannot: tuple[str, ...]


def read_law(folder: OversightFolder, name: str) -> Law:
    """The entry of this name.

    Raises:
        ConfigurationError: there is none, or it asks for a figure that there is not.
    """
    written, lines = folder.table("laws"), folder.lines("laws")
    table = values(written, _FILE, lines)
    if name not in table:
        elsewhere = f"; {name} is made by `lpr-gateway audit report {name}`" if name in KINDS else ""
        raise ConfigurationError([f"there is no report {name} here; there are {', '.join(sorted(table))}{elsewhere}"])
    place = f"{_FILE}: {name}"
    entry = read_form(LawForm, table[name], place, lambda loc: find_value_line(lines, (name, *loc)))
    figures = tuple((item.figure, item.asked_by) for item in entry.figures)
    wrong = [
        f"{put_line(place, find_value_line(lines, (name, 'figures', number)))}: there is no figure {figure}{suggest_near(figure, ALL_FIGURES)}"
        for number, (figure, _) in enumerate(figures)
        if figure not in ALL_FIGURES
    ]
    if wrong:
        raise ConfigurationError(wrong)
    return Law(
        name=name,
        title=entry.title,
        law=entry.law,
        days=entry.days,
        figures=figures,
        cannot=tuple(entry.cannot),
    )


def law_report(source: LedgerTable, access: Access, law: Law, *, period: Period, made_at: datetime) -> Report:
    """The report of a period.

    Raises:
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": law.name, "period": period.text})
    count = Counting(source, period)
    sections = [_write_question(ALL_FIGURES[figure](count), law, asked_by) for figure, asked_by in law.figures]
    numbers = [
        Figure(label="Searches decided", value=f"{count.number('count(*)', SEARCHES):,}"),
        Figure(
            label="Findings",
            value=f"{count.number('count(*)', STANDING_FINDINGS):,}",
            note="patterns found by detectors",
        ),
        Figure(label="Reviewed", value=f"{count.number('count(*)', _REVIEWED):,}", note="by a person"),
    ]
    return Report(
        name=law.name,
        title=law.title,
        basis=f"{law.law}. Each section says which paragraph asks for it.",
        period=period,
        figures=tuple(numbers),
        sections=(*sections, *_lacking(law)),
        made_at=made_at,
        extent=tell_extent(source, period.since, period.until),
        signed_off=True,
    )


_REVIEWED = "event_type = 'finding.reviewed'"


def _write_question(section: Section, law: Law, asked_by: str) -> Section:
    return replace(section, text=f"Asked for by: {law.law}, {asked_by}. {section.text}")


def _lacking(law: Law) -> tuple[Section, ...]:
    if not law.cannot:
        return ()
    return (
        Section(
            heading="What the record cannot answer",
            text="The law asks for this too; it must come from elsewhere.",
            table=ReportTable(
                name="lacking",
                caption="Not in the record",
                columns=("Asked for",),
                rows=tuple((item,) for item in law.cannot),
            ),
        ),
    )


def write_json(report: Report, out: Path) -> Path:
    """The report as data, beside its page."""
    document = {
        "report": report.name,
        "title": report.title,
        "basis": report.basis,
        "period": {"since": format_instant(report.period.since), "until": format_instant(report.period.until)},
        "made_at": format_instant(report.made_at),
        "extent": report.extent,
        "lacking": list(report.lacking),
        "sections": [
            {
                "heading": section.heading,
                "text": section.text,
                "columns": list(section.table.columns) if section.table else [],
                "rows": [list(row) for row in section.table.rows] if section.table else [],
            }
            for section in report.sections
        ],
    }
    path = out / f"{report.name}.json"
    write_private(path, orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return path
