"""The impact of a draft as one page that a lawyer can mail: no scripts, nothing loaded, legible in print."""

from datetime import datetime

from gateway.auditing.reports import Period, Report, page
from gateway.auditing.reports.charts import Series, bars, columns
from gateway.auditing.reports.document import Figure, ReportTable, Section
from gateway.lifecycle.impact import GROUPS, GroupRow, ImpactReport
from gateway.lifecycle.replay import KINDS
from gateway.reasons import REASON_TEXTS

_TOLD = {
    "newly_allowed": "newly allowed",
    "newly_denied": "newly denied",
    "obligations_changed": "other conditions",
    "reasons_changed": "other reasons",
}
_STYLES = {"newly_allowed": "allow", "newly_denied": "deny", "obligations_changed": "mark", "reasons_changed": "error"}
_SENTENCES = {reason.value: text.sentence for reason, text in REASON_TEXTS.items()}
_MOST_BARS = 12


def impact_page(report: ImpactReport, *, since: datetime, until: datetime, made_at: datetime | None = None) -> str:
    """The HTML of the report on a period."""
    return page(
        Report(
            name="impact",
            title="What a policy draft would have changed",
            basis=f"Draft {report.candidate[:12]} beside the policy in force {report.current[:12]}; replayed with the "
            f"{report.engine} engine on what was really asked.",
            period=Period(since=since, until=until),
            figures=_figures(report),
            sections=(
                _draft(report),
                *(_group_section(report, group) for group in GROUPS),
                _examples(report),
                _tell_left_out(report),
            ),
            made_at=made_at or until,
            signed_off=True,
        )
    )


def _figures(report: ImpactReport) -> tuple[Figure, ...]:
    compared = Figure(label="Decisions compared", value=f"{report.replayed:,}", note=f"{report.unchanged:,} unchanged")
    left_out = Figure(
        label="Not compared", value=f"{report.not_reproduced:,}", note=f"of {report.decisions:,} on record"
    )
    return (
        compared,
        left_out,
        *(
            Figure(
                label=_TOLD[kind].capitalize(),
                value=f"{getattr(report, kind):,}",
                note=_count_persons(report.persons[kind]),
                alarming=kind == "newly_allowed" and report.newly_allowed > 0,
            )
            for kind in KINDS
        ),
    )


def _count_persons(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} persons"


def _draft(report: ImpactReport) -> Section:
    return Section(
        heading="What the draft changes",
        text=" ".join(
            filter(None, ("Every changed value of a table, and every changed file of rules.", _tell_acceptance(report)))
        ),
        table=ReportTable(
            name="draft",
            caption="Changes",
            columns=("Change",),
            rows=tuple((change,) for change in report.changes),
            empty="The draft is the policy in force.",
        ),
    )


def _tell_acceptance(report: ImpactReport) -> str:
    told = report.acceptance
    return "" if told is None else f"{told[0].upper()}{told[1:]}."


def _group_section(report: ImpactReport, group: str) -> Section:
    rows = report.groups[group]
    return Section(
        heading=f"By {group}",
        text="A decision with several reasons counts under each."
        if group == "reason"
        else f"By the {group} on record.",
        chart=_chart(group, rows),
        table=ReportTable(
            name=group,
            caption=f"Changed decisions by {group}",
            columns=(group.capitalize(), *(_TOLD[kind].capitalize() for kind in KINDS), "Persons"),
            rows=tuple(
                (_tell(report, group, row.value), *(getattr(row, kind) for kind in KINDS), row.persons) for row in rows
            ),
            empty="No decision would change.",
        ),
    )


def _chart(group: str, rows: tuple[GroupRow, ...]) -> str | None:
    shown = rows[:_MOST_BARS]
    if not shown:
        return None
    if group == "reason":
        return bars("Changed decisions by reason", [(row.value, row.total) for row in shown], "deny")
    series = [Series(_TOLD[kind], _STYLES[kind], tuple(getattr(row, kind) for row in shown)) for kind in KINDS]
    return columns(f"Changed decisions by {group}", [row.value for row in shown], series)


def _tell(report: ImpactReport, group: str, value: str) -> str:
    sentence = (_SENTENCES.get(value) or report.own_reasons.get(value, "")) if group == "reason" else ""
    return f"{value}: {sentence}" if sentence else value


def _examples(report: ImpactReport) -> Section:
    rows = tuple((_TOLD[kind], decision_id) for kind in KINDS for decision_id in report.examples[kind])
    return Section(
        heading="Examples",
        text="Decisions to look at with `policy explain ID --candidate FOLDER`. Persons and plates are not named here.",
        table=ReportTable(name="examples", caption="Examples", columns=("Kind", "Decision"), rows=rows, empty="None."),
    )


def _tell_left_out(report: ImpactReport) -> Section:
    return Section(
        heading="What could not be compared",
        text="Decisions that no policy made, since the gateway itself refused, and those that the policy in force, asked again, "
        f"does not reproduce. They are in no other number above. {_tell_sum(report)}",
        table=ReportTable(
            name="left-out",
            caption="Not compared",
            columns=("Why", "Decisions"),
            rows=tuple(report.not_reproduced_why.items()),
            empty=f"{_all_of(report)} was reproduced." if report.decisions else "Nothing was decided.",
        ),
    )


def _tell_sum(report: ImpactReport) -> str:
    listed = f"{report.replayed:,} compared and {report.not_reproduced:,} not compared are {report.decisions:,}"
    return f"{listed}: {_all_of(report).lower()} of the period."


def _all_of(report: ImpactReport) -> str:
    return "Every recorded decision" if report.sample >= 1 else f"Every decision in a sample of {report.sample:.4g}"
