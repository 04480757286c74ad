"""The record of access (California Civil Code § 1798.90.52): when, what was asked with, who, of what body, and why."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from gateway.auditing.access import Access
from gateway.auditing.query_engine import table_time
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Cell, Figure, Period, Report, ReportTable, Section
from gateway.auditing.reports.openings import Openings
from gateway.auditing.search import PERSONS, SEARCHES, find_lines
from gateway.auditing.source import LedgerTable
from gateway.auditing.unseal import cited_case, open_records
from gateway.ledger.segments import Line

_BASIS = (
    "California Civil Code § 1798.90.52: a record of every access to ALPR information, with at least the date and time, "
    "the license plate number or other data elements used to query, the username and the organization, and the purpose."
)
_ALLOWED = f"{SEARCHES} AND decision = 'allow'"
_SEALED = "sealed"
_PAGE = 500
_COLUMNS = tuple(
    "Time (UTC)|Username|Name|Organization|Plate|State|From|To|How|Purpose|Written reason|Case|Vendor|Reads|Decision".split(
        "|"
    )
)


def accesses(
    source: LedgerTable, access: Access, *, period: Period, made_at: datetime, private_key: str | None
) -> Report:
    """The report for a period. Plates and written reasons appear only with an auditor's key; opening is recorded.

    Raises:
        ConfigurationError: the key is none.
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": "access", "period": period.text, "opened": private_key is not None})
    count = Counting(source, period)
    bounds = [table_time(bound) for bound in (period.since, period.until)]
    places = list(reversed(source.places(f"{_ALLOWED} AND ts >= ? AND ts < ?", bounds, None)))
    reads = dict(count.rows("decision_id, max(result_count)", "event_type = 'outcome'", "GROUP BY decision_id"))
    lines = find_lines(source, places)
    openings = Openings(asked=private_key is not None)
    found = _contents(source, lines, private_key, access, openings)
    rows = tuple(_row(record, content, reads) for record, content in found)
    source.unopened += openings.problems
    return Report(
        name="access",
        title="Record of access to ALPR information",
        basis=_BASIS,
        period=period,
        figures=(
            Figure(label="Accesses", value=f"{len(rows):,}", note="searches allowed"),
            Figure(label="Persons", value=f"{count.number(PERSONS, _ALLOWED):,}"),
            Figure(label="Organizations", value=f"{count.number('count(DISTINCT (org, office))', _ALLOWED):,}"),
            Figure(label="Purposes", value=f"{count.number('count(DISTINCT purpose_code)', _ALLOWED):,}"),
        ),
        sections=(_purposes(count), _accesses(rows, openings)),
        made_at=made_at,
        landscape=True,
    )


def _contents(
    source: LedgerTable, lines: Iterator[Line], private_key: str | None, access: Access, openings: Openings
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    while page := list(islice(lines, _PAGE)):
        if private_key is None:
            yield from ((orjson.loads(line.raw), {}) for line in page)
        else:
            opened = open_records(source.directory, page, private_key, access)
            yield from ((item.record, item.content) for item in openings.count(opened))


def _row(record: dict[str, Any], content: Mapping[str, Any], reads: Mapping[str, int | None]) -> tuple[Cell, ...]:
    window = (str(record.get(name) or "")[:16].replace("T", " ") for name in ("window_start", "window_end"))
    return (
        str(record["ts"])[:16].replace("T", " "),
        record.get("user_id"),
        record.get("user_name"),
        ", ".join(part for part in (record.get("org"), record.get("office")) if part),
        content.get("plate", _SEALED if "plate_sealed" in record else None),
        record.get("plate_state"),
        *window,
        _other_elements(record),
        record.get("purpose_code"),
        content.get("reason_text", _SEALED if "reason_sealed" in record else None),
        cited_case(record, content),
        record.get("vendor_profile"),
        reads.get(record["decision_id"]),
        record["decision_id"],
    )


def _other_elements(record: dict[str, Any]) -> str:
    geo = record.get("geo")
    parts = [str(record.get("operation") or ""), str(record.get("plate_match") or "")]
    parts += [f"place: {geo['kind']}"] if isinstance(geo, dict) and "kind" in geo else []
    return " ".join(part for part in parts if part)


def _purposes(count: Counting) -> Section:
    rows = count.table("purpose_code, count(*)", _ALLOWED, "GROUP BY purpose_code ORDER BY count(*) DESC, purpose_code")
    return Section(
        heading="Purposes",
        text="The purpose given for each access, from the agency's closed list.",
        table=ReportTable(name="purposes", caption="Accesses by purpose", columns=("Purpose", "Accesses"), rows=rows),
    )


def _accesses(rows: tuple[tuple[Cell, ...], ...], openings: Openings) -> Section:
    return Section(
        heading="Every access",
        text=f"Oldest first. {openings.describe('audit report access')}",
        table=ReportTable(
            name="accesses",
            caption="Date and time, username, organization, data elements used to query, purpose",
            columns=_COLUMNS,
            rows=rows,
        ),
    )
