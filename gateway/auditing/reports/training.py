"""The training report (New Jersey AG Directive 2022-12): who may search, when last trained, and who did search how.

Who is authorised comes from the facts in force; how long ago somebody was trained at a search, from the record of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.auditing.access import Access
from gateway.auditing.reports.charts import bars
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Figure, Period, Report, ReportTable, Section
from gateway.auditing.search import SEARCHES
from gateway.auditing.source import LedgerTable

_BASIS = (
    "New Jersey Attorney General Directive 2022-12, annual audit: only authorized users accessed the data, and the date of "
    "each authorized user's last training. CJIS Security Policy AT-3: training before access and annually thereafter."
)
_ALLOWED = f"{SEARCHES} AND decision = 'allow'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the facts in force authorise to search; `trained_on` is the last training course, None for none."""

    user_id: str
    name: str | None
    component: str | None
    office: str | None
    roles: str
    trained_on: date | None


def training(
    source: LedgerTable,
    access: Access,
    *,
    people: Sequence[Person],
    valid_days: int,
    period: Period,
    made_at: datetime,
) -> Report:
    """The report for a period. `valid_days` is how long the policy lets a training count.

    Raises:
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": "training", "period": period.text})
    count = Counting(source, period)
    lapsed = _count_lapsed(count, valid_days)
    return Report(
        name="training",
        title="Training of authorized users, and their access",
        basis=_BASIS,
        period=period,
        figures=_figures(count, people, valid_days, lapsed),
        sections=(
            _users(count, people, valid_days),
            _ages(count, valid_days),
            Section(
                heading="Searches allowed with lapsed or missing training",
                text="The policy denies these, so there should be none. Each one listed needs an explanation.",
                table=lapsed,
            ),
            Section(
                heading="Persons who searched and are not authorized now",
                text="They may have left or changed roles since; the record shows what was known when they searched.",
                table=_list_unauthorized(count, people),
            ),
            _count_denied(count),
        ),
        made_at=made_at,
        signed_off=True,
        landscape=True,
    )


def _figures(count: Counting, people: Sequence[Person], valid_days: int, lapsed: ReportTable) -> tuple[Figure, ...]:
    ages = [_age(person, count.period) for person in people]
    current, allowed = sum(age is not None and age <= valid_days for age in ages), count.number("count(*)", _ALLOWED)
    late = len(lapsed.rows)
    return (
        Figure(label="Authorized users", value=f"{len(people):,}", note="by the facts in force"),
        Figure(label="Training current", value=f"{current:,}", note=f"at most {valid_days} days old"),
        Figure(label="Lapsed or none", value=f"{len(people) - current:,}", note="may not search until trained"),
        Figure(label="Searches allowed", value=f"{allowed:,}"),
        Figure(label="With lapsed training", value=f"{late:,}", note="must be none", alarming=late > 0),
    )


def _age(person: Person, period: Period) -> int | None:
    return None if person.trained_on is None else (period.until.date() - person.trained_on).days


def _users(count: Counting, people: Sequence[Person], valid_days: int) -> Section:
    select = "user_id, count(*), max(ts), arg_max(training_completed_at, ts)"
    searched = {row[0]: row[1:] for row in count.rows(select, _ALLOWED, "GROUP BY user_id")}
    rows = []
    for person in sorted(people, key=lambda item: item.user_id):
        number, last, trained = searched.get(person.user_id, (0, None, None))
        age = _age(person, count.period)
        standing = "none" if age is None else "current" if age <= valid_days else "lapsed"
        at_last = (last.date() - trained).days if last and trained else None
        rows.append(
            (
                *(person.user_id, person.name, person.component, person.office, person.roles),
                person.trained_on.isoformat() if person.trained_on else None,
                *(age, standing, number, f"{last:%Y-%m-%d %H:%M}" if last else None, at_last),
            )
        )
    return Section(
        heading="Authorized users and their last training",
        text="Everybody whom the facts in force let search (active, with the role officer or supervisor).",
        table=ReportTable(
            name="users",
            caption=f"Last training, and searches in the period; ages on {count.period.until.date().isoformat()}",
            columns=(
                *("Person", "Name", "Component", "Office", "Roles", "Last trained", "Days ago", "Standing"),
                *("Searches", "Last search (UTC)", "Trained days before"),
            ),
            rows=tuple(rows),
            empty="The facts in force authorize nobody.",
        ),
    )


def _ages(count: Counting, valid_days: int) -> Section:
    quarter = valid_days // 4
    age = "date_diff('day', training_completed_at, ts::DATE)"
    found = dict(
        count.rows(
            f"CASE WHEN {age} IS NULL THEN 5 WHEN {age} > {valid_days} THEN 4 ELSE least(3, {age} // {max(1, quarter)}) END, "
            "count(*)",
            _ALLOWED,
            "GROUP BY 1",
        )
    )
    edges = [(index * quarter + (index > 0), (index + 1) * quarter if index < 3 else valid_days) for index in range(4)]  # noqa: PLR2004 - four quarters
    labels = [f"{first} to {last} days" for first, last in edges] + [f"more than {valid_days} days", "none on record"]
    rows = tuple((label, found.get(index, 0)) for index, label in enumerate(labels))
    return Section(
        heading="How long ago the searchers were trained",
        text="Each allowed search, by the age of the person's training on that day.",
        chart=bars("Allowed searches by age of training", rows, "mark"),
        table=ReportTable(
            name="ages", caption="Searches by age of training", columns=("Training age", "Searches"), rows=rows
        ),
    )


def _count_lapsed(count: Counting, valid_days: int) -> ReportTable:
    late = f"training_completed_at IS NULL OR date_diff('day', training_completed_at, ts::DATE) > {valid_days}"
    return ReportTable(
        name="lapsed",
        caption="Allowed with lapsed or missing training",
        columns=("Time (UTC)", "Person", "Name", "Last trained", "Case", "Decision"),
        rows=count.table(
            "ts, user_id, user_name, training_completed_at, case_number, decision_id",
            f"{_ALLOWED} AND ({late})",
            "ORDER BY ts",
        ),
        empty="None: every search was allowed with current training.",
    )


def _list_unauthorized(count: Counting, people: Sequence[Person]) -> ReportTable:
    known = {person.user_id for person in people}
    found = count.table(
        "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), max(ts)",
        _ALLOWED,
        "GROUP BY user_id ORDER BY user_id",
    )
    return ReportTable(
        name="not-authorized",
        caption="Searched in the period, not authorized now",
        columns=("Person", "Name", "Office", "Searches", "Last (UTC)"),
        rows=tuple(row for row in found if row[0] not in known),
        empty="None.",
    )


def _count_denied(count: Counting) -> Section:
    codes = "['training_missing', 'training_lapsed']"
    return Section(
        heading="Searches denied for want of training",
        text="What the rule prevented in this period.",
        table=ReportTable(
            name="denied",
            caption="Denied for want of training",
            columns=("Person", "Name", "Office", "Denied", "Last (UTC)"),
            rows=count.table(
                "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), max(ts)",
                f"{SEARCHES} AND list_has_any(deny_reasons, {codes})",
                "GROUP BY user_id ORDER BY count(*) DESC, user_id",
            ),
        ),
    )
