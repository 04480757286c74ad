"""Figures about reviewers and auditors: the random sample, and who read the record how often and why."""

from collections.abc import Callable, Collection, Mapping
from statistics import median
from types import MappingProxyType

import orjson

from gateway.auditing.reports.charts import bars
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Cell, ReportTable, Section
from gateway.auditing.search import READINGS
from gateway.clock import format_instant
from gateway.oversight.sampling.rates import rate

_MOST_REASONS = 5
_BUSY_TIMES, _BUSY_LEAST, _OPENED_LEAST = 3, 10, 50
_LIMITS = (
    f"Listed is who read {_BUSY_TIMES} times as often as the median reader (and at least {_BUSY_LEAST} times), who opened "
    f"{_OPENED_LEAST} or more sealed records, who asked for one person more than {_BUSY_LEAST} times, and who always gives the same "
    "reason."
)


def sample(count: Counting) -> Section:
    """What reviewers answered about the random sample, with what that says of all searches."""
    answered = _first_answers(count)
    answers: dict[str, list[str]] = {}
    for told in answered.values():
        for question, answer in told.items():
            answers.setdefault(question, []).append(answer)
    rows: list[tuple[Cell, ...]] = []
    for question, given in sorted(answers.items()):
        judged = [answer for answer in given if answer in ("yes", "no")]
        share = rate(judged.count("yes"), len(judged))
        rows.append((question, given.count("yes"), given.count("no"), len(given) - len(judged), share.text))
    return Section(
        heading="Random sample",
        text=f"{_tell_drawn(count, answered)} Share of yes among the answers yes and no, with its 95 per cent confidence "
        "interval as of a plain draw. A sample is drawn from each office and week alike, whatever their size: this is no share of all searches.",
        table=ReportTable(
            name="sample",
            caption="Reviewers' answers",
            columns=("Question", "Yes", "No", "Cannot be told", "Yes, of those answered yes or no"),
            rows=tuple(rows),
            empty="No search of a sample was reviewed in this period.",
        ),
    )


def _first_answers(count: Counting) -> dict[str, dict[str, str]]:
    """The answers about each search; a second review of one counts for nothing."""
    found: dict[str, dict[str, str]] = {}
    for (details,) in count.rows("oversight", "event_type = 'sample.reviewed'", "ORDER BY ts, seq"):
        told = orjson.loads(details or "{}")
        found.setdefault(str(told.get("decision")), told.get("answers", {}))
    return found


def _tell_drawn(count: Counting, answered: Collection[str]) -> str:
    """How many samples and searches were drawn, how many of these nobody has reviewed, and which seeds nobody has shown."""
    promised, ever = (
        [orjson.loads(told or "{}") for (told,) in count.rows_so_far("oversight", f"event_type = '{event}'")]
        for event in ("sample.committed", "sample.drawn")
    )
    drawn = [orjson.loads(told or "{}") for (told,) in count.rows("oversight", "event_type = 'sample.drawn'")]
    shown, until = {item.get("name") for item in ever}, format_instant(count.period.until)
    searches = {one for item in drawn for one in item.get("decision_ids", ())}
    told = f"Samples drawn in the period, by seeds promised before: {len({item.get('name') for item in drawn})}."
    if searches:
        told += f" Searches in them: {len(searches):,}; not reviewed: {len(searches - set(answered)):,}."
    due = sorted({item["name"] for item in promised if item["until"] < until} - shown)
    return f"{told} Promised, its period over, and not drawn: {', '.join(due)}." if due else told


def readers(count: Counting) -> Section:
    """Who read the record, how often, what, and for what stated reasons: those given most often first."""
    select = "reader, count(*), count(DISTINCT why), list_sort(list(DISTINCT what)), max(ts)"
    opened = _openings(count)
    found = count.table(select, READINGS, "GROUP BY reader ORDER BY count(*) DESC, reader")
    rows = tuple((reader, number, opened.get(str(reader), 0), *rest) for reader, number, *rest in found)
    given: dict[str, list[str]] = {}
    for reader, why, number in count.rows(
        "reader, why, count(*)", READINGS, "GROUP BY ALL ORDER BY count(*) DESC, why"
    ):
        given.setdefault(str(reader), []).append(f"{why} ({number})")
    rows = tuple((*row, "; ".join(given.get(str(row[0]), [])[:_MOST_REASONS])) for row in rows)
    chart = bars("Readings by reader", [(str(row[0]), int(row[1] or 0)) for row in rows[:12]], "mark") if rows else None
    return Section(
        heading="Who read the record",
        text="Every search, opening, export and report of the record is itself on record, with the reason given. A reading counts once, whatever was opened in it.",
        chart=chart,
        table=ReportTable(
            name="readers",
            caption="Readers",
            columns=(
                "Reader",
                "Readings",
                "Records opened",
                "Different reasons",
                "What",
                "Last (UTC)",
                f"Reasons, the {_MOST_REASONS} commonest",
            ),
            rows=rows,
        ),
    )


def reader_outliers(count: Counting) -> Section:
    """What stands out among readers."""
    found = count.rows(
        "reader, count(*), count(DISTINCT why), any_value(why)", READINGS, "GROUP BY reader ORDER BY reader"
    )
    usual = median(row[1] for row in found) if found else 0
    told: dict[str, list[str]] = {str(row[0]): [] for row in found}
    for reader, number, reasons, why in found:
        if number >= _BUSY_LEAST and number > _BUSY_TIMES * usual:
            told[str(reader)].append(f"read {number:,} times; the median reader {usual:,.0f} times")
        if number >= _BUSY_LEAST and reasons == 1:
            told[str(reader)].append(f"always gave one reason: {why}")
    for reader, number in _openings(count).items():
        if number >= _OPENED_LEAST:
            told.setdefault(reader, []).append(f"opened {number:,} sealed records")
    for reader, person, number in count.rows(
        "reader, filter->>'person', count(*)", f"{READINGS} AND filter->>'person' IS NOT NULL", "GROUP BY ALL"
    ):
        if number > _BUSY_LEAST:
            told.setdefault(str(reader), []).append(f"asked for {person} {number:,} times")
    rows = tuple((reader, "; ".join(sentences)) for reader, sentences in sorted(told.items()) if sentences)
    return Section(
        heading="What stands out among readers",
        text=f"A place to begin asking. {_LIMITS}",
        table=ReportTable(
            name="reader-outliers", caption="Readers to ask", columns=("Reader", "What stands out"), rows=rows,
            empty="Nothing stands out by these rules.",
        ),
    )  # fmt: skip


def list_openings(count: Counting) -> Section:
    """Sealed records that were opened, each opening with its reason."""
    found = count.rows("ts, reader, why, filter", "event_type = 'audit.opened'", "ORDER BY ts")
    rows = tuple(
        (f"{ts:%Y-%m-%d %H:%M}", reader, len(orjson.loads(asked or "{}").get("event_ids", [])), why)
        for ts, reader, why, asked in found
    )
    return Section(
        heading="Sealed records opened",
        text="Plates and written reasons that somebody saw in clear.",
        table=ReportTable(
            name="opened", caption="Openings", columns=("Time (UTC)", "Reader", "Records", "Why"), rows=rows
        ),
    )


def list_changes(count: Counting) -> Section:
    """What changed in the detectors, their limits and the tables of oversight, each value from what to what."""
    found = count.rows("ts, what, oversight", "event_type = 'detectors.changed'", "ORDER BY ts, seq")
    rows: list[tuple[Cell, ...]] = []
    for ts, what, details in found:
        told = orjson.loads(details or "{}")
        rows += [(f"{ts:%Y-%m-%d %H:%M}", change) for change in told.get("changes") or [what]]
    return Section(
        heading="What changed in the detectors",
        text="Who may edit their folder could make one blind; so each change of a limit, a question or a table stands here.",
        table=ReportTable(
            name="changes",
            caption="Changes",
            columns=("Time (UTC)", "Change"),
            rows=tuple(rows),
            empty="Nothing changed in this period.",
        ),
    )


def _openings(count: Counting) -> dict[str, int]:
    """How many sealed records each reader opened."""
    totals: dict[str, int] = {}
    for reader, asked in count.rows("reader, filter", "event_type = 'audit.opened'"):
        totals[str(reader)] = totals.get(str(reader), 0) + len(orjson.loads(asked or "{}").get("event_ids", []))
    return totals


WATCHED: Mapping[str, Callable[[Counting], Section]] = MappingProxyType(
    {
        "sample": sample,
        "readers": readers,
        "reader_outliers": reader_outliers,
        "opened": list_openings,
        "detector_changes": list_changes,
    }
)
"""Every figure about reviewers and auditors, by the name that the table of laws uses."""
