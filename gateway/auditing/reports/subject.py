"""The report on one person or one plate: every record about it in a period, and who looked it up in the record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import orjson

from gateway.auditing.access import Access
from gateway.auditing.acts import name_subject
from gateway.auditing.person_names import name_words
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.denials import sentence
from gateway.auditing.reports.document import Cell, Figure, Period, Report, ReportTable, Section
from gateway.auditing.reports.openings import Openings
from gateway.auditing.roles import name_roles
from gateway.auditing.search import READINGS, Criteria, condition, find_lines
from gateway.auditing.source import LedgerTable
from gateway.auditing.unknown import find_unknown
from gateway.auditing.unseal import cited_case, open_records
from gateway.auditing.unsearched import tell_unsearched
from gateway.auditing.verdicts import LEGEND, is_only_asked, list_codes, name_reasons, name_verdict
from gateway.value import replace

_BASIS = (
    "For a complaint, an inquiry, or the person concerned: what the record holds of one person, or of one license plate or a "
    "part of one, in this period. Each row is a record; evidence of them for others is made by `audit evidence`."
)
_COLUMNS = tuple(
    "Time (UTC)|Event|Person|Name|Roles|Verdict|Reasons|What they mean|About|Operation|Purpose|Case|Plate|Written reason|Reads|Decision".split(
        "|"
    )
)
_SEALED = "sealed"
_PERSON_ASKED = "json_extract_string(filter, '$.person')"
_PLATE = "one license plate"
_PART = "searches by one part of a license plate"
_PARTS_OF_A_PLATE = "A search by part of a plate is on record under that part, and not here. "
_ONE_PART = (
    "These are the searches by that very part; those by whole plates that fit it, or by other parts, are not here. "
)
"""What is not among the records, where one asked for a plate, or for a part of one."""
_NOT_AROUND = "Searches that were made around the gateway are not here either: a vendor's export shows them (`oversight reconcile`). "
_OPENINGS = "Beside them stands who opened what is sealed in records about it, whatever the reading had asked for."


def subject(
    source: LedgerTable,
    access: Access,
    *,
    kind: Literal["person", "plate"],
    criteria: Criteria,
    period: Period,
    made_at: datetime,
    private_key: str | None,
) -> Report:
    """The report on what `criteria` choose, whose period it is. Sealed fields appear only with an auditor's key.

    Raises:
        ConfigurationError: the key is none.
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": kind, "opened": private_key is not None} | criteria.describe())
    lines = list(find_lines(source, list(reversed(source.places(*condition(criteria), None)))))
    openings = Openings(asked=private_key is not None)
    opened = {} if private_key is None else _unseal(source, lines, private_key, access, openings)
    source.unopened += openings.problems
    records = [orjson.loads(line.raw) for line in lines]
    rows = tuple(_row(record, opened.get(record["event_id"], {})) for record in records)
    shown = f"person {criteria.person}" if kind == "person" else _PART if criteria.part else _PLATE
    return Report(
        name=kind,
        title=f"What the record holds of {shown}",
        basis=_BASIS,
        period=period,
        figures=_figures(records, criteria.person),
        sections=(
            _records(rows, openings, kind, part=bool(criteria.part)),
            _lookups(source, Counting(source, period), criteria),
        ),
        made_at=made_at,
        extent="" if lines else _tell_nothing(source, criteria),
        lacking=tell_unsearched(source, criteria),
        landscape=True,
    )


def _tell_nothing(source: LedgerTable, criteria: Criteria) -> str:
    """That no record at all has the subject, of whatever time: it is the usual answer to a complaint, and must be on paper too.

    Where records were left out as damaged or missing, one of them may have it, so that is not said.
    """
    if source.problems:
        return "Nothing that could be read is on record of it, and not everything could: see what was left out, below."
    unknown = find_unknown(source, criteria)
    return f"Nothing is on record: {'; '.join(unknown)}." if unknown else ""


def _unseal(
    source: LedgerTable, lines: list[Any], private_key: str, access: Access, openings: Openings
) -> dict[str, Mapping[str, Any]]:
    found = openings.count(open_records(source.directory, lines, private_key, access))
    return {item.record["event_id"]: item.content or {"plate": item.problem} for item in found}


def _figures(records: list[dict[str, Any]], person: str | None) -> tuple[Figure, ...]:
    """Of a person, their own searches: not those of a service that named them and could not act for them."""
    decided = [
        record
        for record in records
        if _is_search(record) and (person is None or person in (record.get("user_id"), record.get("on_behalf_of")))
    ]
    cases = {record["case_number"] for record in decided if record.get("case_number")}
    verdicts = [record.get("decision") for record in decided]
    persons = {record.get("user_id") for record in decided if record.get("user_id") != record.get("on_behalf_of")}
    return (
        Figure(label="Searches decided", value=f"{len(decided):,}"),
        Figure(label="Allowed", value=f"{verdicts.count('allow'):,}"),
        Figure(label="Denied", value=f"{verdicts.count('deny'):,}"),
        Figure(label="Persons", value=f"{len(persons):,}"),
        Figure(label="Cases", value=f"{len(cases):,}"),
        Figure(label="Other records", value=f"{len(records) - len(decided):,}"),
    )


def _is_search(record: Mapping[str, Any]) -> bool:
    """The same as `search.SEARCHES`, of a record that was read."""
    is_asked = record["event_type"] == "decision" and "vendor_profile" in record
    return is_asked and not is_only_asked(record)


def _row(record: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        str(record["ts"])[:16].replace("T", " "),
        record["event_type"],
        record.get("user_id"),
        record.get("user_name"),
        ", ".join(name_roles(record)),
        name_verdict(record),
        ", ".join(name_reasons(record)),
        " ".join(filter(None, (sentence(code, record) for code in list_codes(record)))),
        name_subject(record),
        record.get("operation"),
        record.get("purpose_code"),
        _cell(cited_case(record, content)),
        _cell(content.get("plate", _SEALED if "plate_sealed" in record else None)),
        _cell(content.get("reason_text", _SEALED if "reason_sealed" in record else None)),
        record.get("result_count"),
        record.get("decision_id"),
    )


def _cell(value: object) -> Cell:
    return None if value is None else str(value)


def _records(rows: tuple[tuple[Cell, ...], ...], openings: Openings, kind: str, *, part: bool) -> Section:
    sealed = openings.describe(f"audit report {kind}")
    table = ReportTable(name="records", caption="Every record, oldest first", columns=_COLUMNS, rows=rows)
    lacking = "" if kind == "person" else (_ONE_PART if part else _PARTS_OF_A_PLATE) + _NOT_AROUND
    text = f"Oldest first. The reasons are the true ones. {LEGEND} {lacking}{sealed}"
    return Section(heading="Every record", text=text, table=table)


def _lookups(source: LedgerTable, count: Counting, criteria: Criteria) -> Section:
    """Readings of the record that asked for this person, and openings of records about it, whatever was asked for.

    Of plates it is recorded that one was asked for, not which.
    """
    if criteria.person is not None:
        asked, values = f"list_contains(?::VARCHAR[], {_PERSON_ASKED})", [_list_ways_asked(source, criteria.person)]
        heading, text = (
            "Who looked this person up in the record",
            f"Readings of the record that named this person, be it by the user id or by a name that others may have too. {_OPENINGS}",
        )
    else:
        asked, values = "json_extract_string(filter, '$.plates') = 'true'", []
        heading = "Who looked a plate up in the record"
        text = f"That a plate was asked for is recorded, and not which: any of these readings may have been of this one. {_OPENINGS}"
    read = count.rows("ts, reader, what, why", f"{READINGS} AND {asked}", "", values)
    found = sorted([*read, *_list_openings(source, count, criteria)], key=lambda row: row[0])
    rows = tuple((f"{ts:%Y-%m-%d %H:%M}", reader, what, why) for ts, reader, what, why in found)
    return Section(
        heading=heading,
        text=text,
        table=ReportTable(
            name="lookups",
            caption="Readings",
            columns=("Time (UTC)", "Reader", "What", "Why"),
            rows=rows,
            empty="None.",
        ),
    )


def _list_ways_asked(source: LedgerTable, person: str) -> list[str]:
    """How readings asked for this person: by the user id in whatever capitals, or by words of a name that is on record."""
    names = [
        name_words(str(name))
        for (name,) in source.ask("SELECT DISTINCT user_name FROM records WHERE user_id = ?", [person])
    ]
    given = source.ask(f"SELECT DISTINCT {_PERSON_ASKED} FROM records WHERE {READINGS}")  # noqa: S608 - ours
    asked = {str(way): name_words(str(way)) for (way,) in given if way is not None}
    own = name_words(person)
    return [way for way, words in asked.items() if words == own or (words and any(words <= name for name in names))]


def _list_openings(source: LedgerTable, count: Counting, criteria: Criteria) -> list[tuple[datetime, str, str, str]]:
    """When, by whom, of how many records about the subject, of whatever time, and why."""
    where, values = condition(replace(criteria, since=None, until=None))
    about = {event for (event,) in source.ask(f"SELECT event_id FROM records WHERE {where}", values)}  # noqa: S608 - ours
    found = []
    for ts, reader, why, asked in count.rows("ts, reader, why, filter", "event_type = 'audit.opened'"):
        number = len(about.intersection(orjson.loads(asked or "{}").get("event_ids", ())))
        if number:
            found.append((ts, reader, f"opened {number:,} record{'' if number == 1 else 's'}", why))
    return found
