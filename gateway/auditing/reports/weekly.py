"""The weekly review (CJIS Security Policy AU-6): what was searched, refused, read and changed, and what stands out."""

from collections import Counter
from datetime import datetime, timedelta

import orjson

from gateway.auditing.access import Access
from gateway.auditing.acts import name_subject
from gateway.auditing.reports.charts import Series, columns
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.denials import rank_denials, sentence
from gateway.auditing.reports.document import Cell, Figure, Period, Report, ReportTable, Section
from gateway.auditing.reports.emergencies import review_emergencies
from gateway.auditing.reports.outliers import LIMITS, outliers
from gateway.auditing.reports.plates import SearchedPlates
from gateway.auditing.search import PERSONS, SEARCHES
from gateway.auditing.source import LedgerTable

_VERDICTS = ("allow", "deny", "error")
_BASIS = (
    "CJIS Security Policy AU-6: audit records are reviewed and analyzed at least weekly for signs of inappropriate or "
    "unusual activity."
)
_NAME = "coalesce(arg_max(user_name, ts), CASE WHEN user_id = any_value(on_behalf_of) THEN 'a service' END)"
_NO_PERSON = (
    "A service stands here where it named no person that it may act for, and is none of the persons counted above."
)
_CHANGES = (
    "'key.issued', 'key.renewed', 'key.revoked', 'policy.activated', 'policy.rolled_back', 'policy.deactivated', 'policy.changed', 'detectors.changed', "
    "'facts.imported', 'facts.rolled_back', 'facts.shown', 'hold.placed', 'hold.released', 'checkpoint_key.rotated', 'epoch.rotated', 'epoch.rewrapped', 'epoch.shredded', 'segment.deleted', 'export.gap', 'clock.confirmed', 'oversight.withdrawn'"
)


def weekly(source: LedgerTable, access: Access, *, period: Period, made_at: datetime) -> Report:
    """The report for a period, usually the last seven days.

    Raises:
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": "weekly", "period": period.text})
    count, plates = Counting(source, period), SearchedPlates(source, period)
    emergencies, overdue = review_emergencies(source, period)
    before = Counting(source, Period(since=period.since - (period.until - period.since), until=period.since))
    return Report(
        name="weekly",
        title="Weekly review of LPR searches",
        basis=_BASIS,
        period=period,
        figures=(*_figures(count, before), overdue),
        sections=(
            _by_day(count),
            _denials(count),
            _list_outliers(count, plates),
            emergencies,
            _people(count, plates),
            _reads(count),
            _changes(count),
            _failures(count),
            _strangers(count),
        ),
        made_at=made_at,
        signed_off=True,
    )


def _figures(count: Counting, before: Counting) -> tuple[Figure, ...]:
    def compare(label: str, where: str, select: str = "count(*)", *, alarming: bool = False) -> Figure:
        number, earlier = count.number(select, where), before.number(select, where)
        note = f"{earlier:,} in the period before"
        return Figure(label=label, value=f"{number:,}", note=note, alarming=alarming and number > 0)

    return (
        compare("Searches decided", SEARCHES),
        compare("Allowed", f"{SEARCHES} AND decision = 'allow'"),
        compare("Denied", f"{SEARCHES} AND decision = 'deny'"),
        compare("Errors", f"{SEARCHES} AND decision = 'error'", alarming=True),
        compare("Persons", SEARCHES, PERSONS),
        compare("Cases", SEARCHES, "count(DISTINCT case_number)"),
    )


def _by_day(count: Counting) -> Section:
    found = count.rows("ts::DATE, decision, count(*)", SEARCHES, "GROUP BY ALL")
    numbers = {(day, verdict): number for day, verdict, number in found}
    first, last = count.period.since.date(), (count.period.until - timedelta(microseconds=1)).date()
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    rows = tuple((day.isoformat(), *(numbers.get((day, verdict), 0) for verdict in _VERDICTS)) for day in days)
    labels = ("allowed", "denied", "errors")
    series = [
        Series(label, verdict, tuple(numbers.get((day, verdict), 0) for day in days))
        for label, verdict in zip(labels, _VERDICTS, strict=True)
    ]
    return Section(
        heading="Searches by day",
        text="Every search that was decided, by the day (UTC) of the decision.",
        chart=columns("Searches by day: allowed, denied, errors", [f"{day:%d %b}" for day in days], series),
        table=ReportTable(
            name="days", caption="Searches by day", columns=("Day", "Allowed", "Denied", "Errors"), rows=rows
        ),
    )


def _denials(count: Counting) -> Section:
    text = "The true reasons, not what the person was told. A search denied for several reasons counts under each."
    return rank_denials(count, "Why searches were denied", text, noun="Denials", name="reasons")


def _list_outliers(count: Counting, plates: SearchedPlates) -> Section:
    return Section(
        heading="What stands out",
        text=f"Not proof of anything: a place to begin asking. {LIMITS}",
        table=ReportTable(
            name="outliers",
            caption="Persons to ask",
            columns=("Person", "Name", "Office", "What stands out"),
            rows=outliers(count, plates),
            empty="Nothing stands out by these rules.",
        ),
    )


def _people(count: Counting, plates: SearchedPlates) -> Section:
    select = (
        f"user_id, {_NAME}, arg_max(org, ts), arg_max(office, ts), count(*) FILTER (decision = 'allow'), "
        "count(*) FILTER (decision = 'deny'), count(*) FILTER (decision = 'error'), count(DISTINCT case_number), max(ts)"
    )
    searched = plates.count_by_person()
    text = (
        "Everyone who asked for a search, the busiest first. Plates are counted by their keyed hashes, not read. "
        + _NO_PERSON
    )
    return Section(
        heading="Who searched",
        text=" ".join(filter(None, (text, plates.tell_turns()))),
        table=ReportTable(
            name="people",
            caption="Searches by person",
            columns=(
                *("Person", "Name", "Component", "Office", "Allowed", "Denied", "Errors", "Cases", "Plates"),
                "Last (UTC)",
            ),
            rows=tuple(
                (user, *counted, searched.get(str(user), 0), last)
                for user, *counted, last in count.table(
                    select, SEARCHES, "GROUP BY user_id ORDER BY count(*) DESC, user_id"
                )
            ),
        ),
    )


def _reads(count: Counting) -> Section:
    found = count.rows("ts, reader, what, why, filter", "event_type IN ('audit.read', 'audit.opened')", "ORDER BY ts")
    rows = tuple(
        (f"{ts:%Y-%m-%d %H:%M}", reader, what, why, _count_reads(asked)) for ts, reader, what, why, asked in found
    )
    return Section(
        heading="Who read the audit record",
        text="Every search, opening, export and report of the record itself, with the reason given.",
        table=ReportTable(
            name="reads", caption="Readings", columns=("Time (UTC)", "Reader", "What", "Why", "Asked for"), rows=rows
        ),
    )


def _count_reads(text: str | None) -> str:
    asked = orjson.loads(text or "{}")
    events = asked.get("event_ids")
    if isinstance(events, list):
        return f"{len(events)} sealed records"
    return ", ".join(f"{name} {value}" if value is not True else name for name, value in sorted(asked.items()))


def _changes(count: Counting) -> Section:
    return Section(
        heading="Keys, policies, facts and holds",
        text="What was changed or looked up, and by whom as far as the host can tell. Where its holder renewed a key, it stands under the new one.",
        table=ReportTable(
            name="changes",
            caption="Changes",
            columns=("Time (UTC)", "Event", "By", "For", "Case", "Key", "What", "Why"),
            rows=_list_changes(count),
        ),
    )


def _list_changes(count: Counting) -> tuple[tuple[Cell, ...], ...]:
    """What no column of the index holds, as what a sink lacks, stands in the whole record."""
    gaps = {record["event_id"]: name_subject(record) for record in count.records("event_type = 'export.gap'")}
    rows = count.table(
        "ts, event_type, coalesce(operator, reader), user_id, case_number, coalesce(new_key_id, key_id), "
        "coalesce(nullif(array_to_string(TRY_CAST(oversight->'changes' AS VARCHAR[]), '; '), ''), what, oversight->>'import_id', CASE WHEN event_type LIKE 'facts.%' THEN 'revision ' || facts_revision END, 'in place of ' || CASE WHEN new_key_id IS NOT NULL THEN key_id END, left(policy_revision, 12)), why, event_id",
        f"event_type IN ({_CHANGES})",
        "ORDER BY ts",
    )
    return tuple((*told, what or gaps.get(str(event)), why) for *told, what, why, event in rows)


def _failures(count: Counting) -> Section:
    found = [
        *count.rows(
            "unnest(deny_reasons), count(*), max(ts)", "event_type = 'decision' AND decision = 'error'", "GROUP BY 1"
        ),
        *count.rows(
            "coalesce(reason, outcome), count(*), max(ts)",
            "event_type = 'outcome' AND outcome IN ('failed', 'interrupted')",
            "GROUP BY 1",
        ),
    ]
    rows = tuple(
        (str(code), sentence(str(code)) or _INTERRUPTED, number, f"{last:%Y-%m-%d %H:%M}")
        for code, number, last in sorted(found, key=lambda row: (-row[1], str(row[0])))
    )
    return Section(
        heading="Errors and failures",
        text="Searches that the gateway could not decide, and allowed ones that ended without an answer.",
        table=ReportTable(
            name="failures", caption="Failures", columns=("Reason", "What it means", "Times", "Last (UTC)"), rows=rows
        ),
    )


_INTERRUPTED = "The gateway ended in the middle of it; whether the vendor was asked is not known."


def _strangers(count: Counting) -> Section:
    """Refusals before a person was known: single ones, and those that were only counted."""
    totals: Counter[tuple[str, str]] = Counter()
    for source, code, number in count.rows(
        "src_ip, unnest(deny_reasons), count(*)", "event_type = 'refusal'", "GROUP BY 1, 2"
    ):
        totals[str(source), str(code)] += number
    for source, counts in count.rows("coalesce(src_ip, 'key ' || key_id), counts", "event_type = 'refusals.counted'"):
        totals.update({(str(source), code): int(number) for code, number in orjson.loads(counts or "{}").items()})
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return Section(
        heading="Refused before anyone was known",
        text="Requests without a valid credential, by source address, and what was beyond the budget of a key. Many from one place may be a tool set up wrongly, "
        "or somebody trying keys.",
        table=ReportTable(
            name="strangers",
            caption="Refusals by source",
            columns=("Source", "Reason", "What it means", "Times"),
            rows=tuple((source, code, sentence(code), number) for (source, code), number in ranked),
        ),
    )
