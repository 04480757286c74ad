"""The figures that reports can ask for, by name; each is a section with its sentence, its chart and its table."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from gateway.auditing.reports.charts import Series, bars, columns
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.denials import rank_denials
from gateway.auditing.reports.document import Cell, ReportTable, Section
from gateway.auditing.search import SEARCHES
from gateway.oversight.kept import STANDING_FINDINGS

_ALLOWED = f"{SEARCHES} AND decision = 'allow'"
_MOST_COLUMNS = 62
_OVER_HOURS = 2
_LOOKED_BACK = f"coalesce(ceil((epoch(ts) - epoch(window_start)) / 86400.0 - {_OVER_HOURS} / 24.0), lookback_days)"
"""Days as a person counts them: what is on record is rounded up, and so one more for the last 30 days, asked for a moment later."""
_RESULTS = (("allow", "allowed"), ("deny", "refused"), ("error", "errors"))


def _count_by(
    count: Counting, heading: str, text: str, *, by: str, where: str, label: str, style: str = "mark", name: str
) -> Section:
    rows = count.table(f"{by} AS label, count(*)", where, "GROUP BY label ORDER BY count(*) DESC, label")
    chart = bars(heading, [(str(row[0]), int(row[1] or 0)) for row in rows[:12]], style) if rows else None
    return Section(
        heading=heading,
        text=text,
        chart=chart,
        table=ReportTable(name=name, caption=heading, columns=(label, "Number"), rows=rows),
    )


def searches_by_day(count: Counting) -> Section:
    """Searches by day, or by month where the period is long."""
    span = (count.period.until - count.period.since).days
    unit = "day" if span <= _MOST_COLUMNS else "month"
    found = count.rows(f"date_trunc('{unit}', ts)::DATE, decision, count(*)", SEARCHES, "GROUP BY ALL")
    numbers = {(day, verdict): number for day, verdict, number in found}
    days = sorted({day for day, _ in numbers})
    if unit == "day":
        first, last = count.period.since.date(), (count.period.until - timedelta(microseconds=1)).date()
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    series = [
        Series(label, verdict, tuple(numbers.get((day, verdict), 0) for day in days)) for verdict, label in _RESULTS
    ]
    labels = [f"{day:%d %b}" if unit == "day" else f"{day:%b %Y}" for day in days]
    rows = tuple((day.isoformat(), *(numbers.get((day, verdict), 0) for verdict, _ in _RESULTS)) for day in days)
    return Section(
        heading=f"Searches by {unit}",
        text="Every search that was decided, by the time (UTC) of the decision.",
        chart=columns(f"Searches by {unit}", labels, series) if days else None,
        table=ReportTable(
            name="by-day",
            caption=f"Searches by {unit}",
            columns=(unit.capitalize(), "Allowed", "Refused", "Errors"),
            rows=rows,
        ),
    )


def searches_by_purpose(count: Counting) -> Section:
    """Allowed searches by purpose."""
    text = "The purpose given for each allowed search, from the agency's closed list."
    by = "coalesce(purpose_code, 'none')"
    return _count_by(
        count, "Allowed searches by purpose", text, by=by, where=_ALLOWED, label="Purpose", name="by-purpose"
    )


def searches_by_result(count: Counting) -> Section:
    """Searches by result."""
    text = "Every search that was decided: allowed, refused, or not decided for an error."
    return _count_by(count, "Searches by result", text, by="decision", where=SEARCHES, label="Result", name="by-result")


def refusals(count: Counting) -> Section:
    """Refusals by reason, in words."""
    text = "The true reasons. A search refused for several reasons counts under each."
    return rank_denials(count, "Why searches were refused", text, noun="Refusals", name="refusals")


def people(count: Counting) -> Section:
    """Who searched, and how long ago they had been trained."""
    select = (
        "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), max(training_completed_at), "
        "date_diff('day', arg_max(training_completed_at, ts), max(ts)::DATE), max(ts)"
    )
    return Section(
        heading="Who searched, and when they were last trained",
        text="As the record of each search had it. Days: between the last training and the last search.",
        table=ReportTable(
            name="people",
            caption="Persons",
            columns=("Person", "Name", "Office", "Allowed searches", "Last trained", "Days", "Last search (UTC)"),
            rows=count.table(select, f"{_ALLOWED} AND user_id IS NOT NULL", "GROUP BY user_id ORDER BY user_id"),
        ),
    )


def data_elements(count: Counting) -> Section:
    """How complete each access is on record."""
    named = {
        "Date and time": "ts", "Username": "user_id", "Organization": "org", "Plate (sealed; its keyed hash)": "plate_hmac",
        "Purpose": "purpose_code", "Case number": "case_number", "Offense": "offense_code", "Window": "window_start",
    }  # fmt: skip
    [values] = count.rows(f"count(*), {', '.join(f'count({column})' for column in named.values())}", _ALLOWED)
    total, numbers = int(values[0]), [int(value) for value in values[1:]]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (label, number, f"{100 * number / total:.1f} %" if total else "")
        for label, number in zip(named, numbers, strict=True)
    )
    return Section(
        heading="What is on record of each access",
        text=f"Of {total:,} allowed searches, how many have each element on record.",
        table=ReportTable(
            name="elements", caption="Elements", columns=("Element", "Searches with it", "Share"), rows=rows
        ),
    )


def results(count: Counting) -> Section:
    """How allowed searches ended."""
    text = "How allowed searches ended. The record holds how many reads were returned, not the reads."
    return _count_by(
        count,
        "How allowed searches ended",
        text,
        by="outcome",
        where="event_type = 'outcome'",
        label="Outcome",
        name="outcomes",
    )


def lookback(count: Counting) -> Section:
    """How far back searches looked."""
    edges = (1, 7, 21, 30, 90, 365, 1826)
    cases = " ".join(f"WHEN {_LOOKED_BACK} <= {edge} THEN {index}" for index, edge in enumerate(edges))
    found = dict(
        count.rows(
            f"CASE {cases} ELSE {len(edges)} END, count(*)", f"{_ALLOWED} AND lookback_days IS NOT NULL", "GROUP BY 1"
        )
    )
    labels = ["up to 1 day", *(f"up to {edge} days" for edge in edges[1:]), f"more than {edges[-1]} days"]
    rows = tuple((label, int(found.get(index, 0))) for index, label in enumerate(labels))
    return Section(
        heading="How far back searches looked",
        text="From the time of the search to the beginning of what was asked. A day that has begun counts whole, but for its first "
        f"{_OVER_HOURS} hours: who asks for the last 30 days asks a moment later, and clocks may have been changed since.",
        chart=bars("Look-back", rows, "mark"),
        table=ReportTable(name="lookback", caption="Look-back", columns=("Look-back", "Searches"), rows=rows),
    )


def findings(count: Counting) -> Section:
    """Findings by detector."""
    text = "Patterns that detectors found, without those withdrawn with a vendor's file that was taken back. A finding is a reason to ask, not misuse."
    by = "concat(oversight->>'detector', ' ', oversight->>'title')"
    return _count_by(
        count,
        "Findings by detector",
        text,
        by=by,
        where=STANDING_FINDINGS,
        label="Detector",
        style="deny",
        name="findings",
    )


def reviews(count: Counting) -> Section:
    """What reviewers made of findings."""
    text = "Findings that a person reviewed, by outcome; those taken to the privacy office for being late; and those withdrawn with the vendor's file that they rested on."
    by = (
        "CASE event_type WHEN 'finding.escalated' THEN 'late, to the privacy office' "
        "WHEN 'finding.withdrawn' THEN 'withdrawn with a file' ELSE oversight->>'outcome' END"
    )
    where = "event_type IN ('finding.reviewed', 'finding.escalated', 'finding.withdrawn')"
    return _count_by(count, "Reviews", text, by=by, where=where, label="Outcome", name="reviews")


def violations(count: Counting) -> Section:
    """Findings judged misuse, or referred; about whom they are says the record that opened them, not that of the review."""
    about = (
        "(SELECT any_value(opened.user_id) FROM records opened "
        "WHERE opened.event_type = 'finding.opened' AND opened.finding_id = records.finding_id)"
    )
    select = f"ts, finding_id, {about}, oversight->>'outcome', oversight->>'reviewer', why"
    where = "event_type = 'finding.reviewed' AND oversight->>'outcome' IN ('misuse', 'referred')"
    return Section(
        heading="Violations",
        text="Findings that a reviewer judged misuse, or referred to somebody else.",
        table=ReportTable(
            name="violations",
            caption="Violations",
            columns=("Reviewed (UTC)", "Finding", "Person", "Outcome", "Reviewer", "Why"),
            rows=count.table(select, where, "ORDER BY ts"),
        ),
    )


def reconciliation(count: Counting) -> Section:
    """What the vendor's own record showed."""
    names = (
        "matched",
        "around_portal",
        "around_credential",
        "around_after_denial",
        "altered",
        "missing_at_vendor",
        "duplicate",
        "indeterminate",
    )
    shown = {"missing_at_vendor": "coalesce({}::VARCHAR, 'not compared')"}
    select = ", ".join(["ts", *(shown.get(name, "{}").format(f"(oversight->>'{name}')::BIGINT") for name in names)])
    return Section(
        heading="The vendor's own record, held against ours",
        text="Each reconciliation of the period, the latest last. Around: searches at the vendor that did not come through the gateway.",
        table=ReportTable(
            name="reconciliation",
            caption="Reconciliations",
            columns=("Time (UTC)", "Matched", "Around: portal", "Around: credential", "Around: after denial", "Altered", "Missing", "Duplicate", "Not determined"),
            rows=count.table(select, "event_type = 'oversight.reconciled'", "ORDER BY ts"),
            empty="No export of the vendor was reconciled in this period.",
        ),
    )  # fmt: skip


FIGURES: Mapping[str, Callable[[Counting], Section]] = MappingProxyType(
    {
        "searches_by_day": searches_by_day, "searches_by_purpose": searches_by_purpose, "searches_by_result": searches_by_result,
        "refusals": refusals, "people": people, "data_elements": data_elements, "results": results, "lookback": lookback,
        "findings": findings, "reviews": reviews, "violations": violations, "reconciliation": reconciliation,
    }
)  # fmt: skip
"""Every figure about searches and findings, by the name that the table of laws uses."""
