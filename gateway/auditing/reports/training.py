"""The training report (New Jersey AG Directive 2022-12): who may search, when last trained, and who did search how.

Who is authorised comes from the facts and the policy in force; how long ago somebody was trained at a search, from the record
of it, and whether that was current, from the policy that decided it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.auditing.access import Access
from gateway.auditing.reports.charts import bars
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import Figure, Period, Report, ReportTable, Section
from gateway.auditing.reports.training_rules import AGE, ALLOWED, FindRule, JudgedSearches, TrainingRule, judge_searches
from gateway.auditing.search import SEARCHES
from gateway.auditing.source import LedgerTable

_BASIS = (
    "New Jersey Attorney General Directive 2022-12, annual audit: only authorized users accessed the data, and the date of "
    "each authorized user's last training. CJIS Security Policy AT-3: training before access and annually thereafter."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom facts and policy in force let search; `trained_on` is the last training course, None for none."""

    user_id: str
    name: str | None
    component: str | None
    office: str | None
    roles: str
    trained_on: date | None
    version: str | None = None

    def tell_standing(self, age: int | None, rule: TrainingRule) -> str:
        """Whether a training of this age counts by this rule."""
        if age is None:
            return "none"
        return "lapsed" if rule.find_fault(max(age, 0), self.version) else "current"


def training(
    source: LedgerTable,
    access: Access,
    *,
    people: Sequence[Person],
    rule: TrainingRule,
    find_rule: FindRule,
    period: Period,
    made_at: datetime,
) -> Report:
    """The report for a period. `rule` is what the policy in force asks of a training, `find_rule` what an earlier one did.

    Raises:
        Refusal: the reading cannot be recorded.
    """
    access.record("report", {"report": "training", "period": period.text})
    count = Counting(source, period)
    judged = judge_searches(count, find_rule)
    return Report(
        name="training",
        title="Training of authorized users, and their access",
        basis=_BASIS,
        period=period,
        figures=_figures(count, people, rule, judged),
        sections=(
            _users(count, people, rule),
            _ages(count, max(rule.days, *(one.days for one in judged.rules.values()), 0)),
            _list_lapsed(judged),
            *_list_unjudged(judged),
            Section(
                heading="Persons who searched and are not authorized now",
                text="They may have left or changed roles since; the record shows what was known when they searched.",
                table=_list_unauthorized(count, people),
            ),
            _count_denied(count),
        ),
        made_at=made_at,
        lacking=_tell_unjudged(judged),
        signed_off=True,
        landscape=True,
    )


def _figures(
    count: Counting, people: Sequence[Person], rule: TrainingRule, judged: JudgedSearches
) -> tuple[Figure, ...]:
    standings = [person.tell_standing(_age(person, count.period), rule) for person in people]
    current, allowed = standings.count("current"), count.number("count(*)", ALLOWED)
    late, unjudged = len(judged.late), judged.number_unjudged
    figures = (
        Figure(label="Authorized users", value=f"{len(people):,}", note="by the facts in force"),
        Figure(label="Training current", value=f"{current:,}", note=f"{rule.text}, by the policy in force"),
        Figure(label="Lapsed or none", value=f"{len(people) - current:,}", note="may not search until trained"),
        Figure(label="Searches allowed", value=f"{allowed:,}"),
        Figure(label="With lapsed training", value=f"{late:,}", note="must be none", alarming=late > 0),
    )
    if not unjudged:
        return figures
    note = "allowed by a policy that cannot be read"
    return (*figures, Figure(label="Not judged", value=f"{unjudged:,}", note=note, alarming=True))


def _age(person: Person, period: Period) -> int | None:
    return None if person.trained_on is None else (period.until.date() - person.trained_on).days


def _users(count: Counting, people: Sequence[Person], rule: TrainingRule) -> Section:
    select = "user_id, count(*), max(ts), arg_max(training_completed_at, ts)"
    searched = {row[0]: row[1:] for row in count.rows(select, ALLOWED, "GROUP BY user_id")}
    rows = []
    for person in sorted(people, key=lambda item: item.user_id):
        number, last, trained = searched.get(person.user_id, (0, None, None))
        age = _age(person, count.period)
        at_last = (last.date() - trained).days if last and trained else None
        rows.append(
            (
                *(person.user_id, person.name, person.component, person.office, person.roles),
                person.trained_on.isoformat() if person.trained_on else None,
                *(age, person.tell_standing(age, rule), number, f"{last:%Y-%m-%d %H:%M}" if last else None, at_last),
            )
        )
    return Section(
        heading="Authorized users and their last training",
        text="Everybody whom facts and policy in force let search (active, with a role that may run a search). The standing is by "
        f"the policy in force: {rule.text}.",
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


def _ages(count: Counting, longest: float) -> Section:
    """By the quarters of the longest limit that decided: what was in time by it is in none of the bands beyond."""
    most = int(longest)
    quarter = most // 4
    bands = f"CASE WHEN {AGE} IS NULL THEN 5 WHEN {AGE} > {most} THEN 4 ELSE least(3, {AGE} // {max(1, quarter)}) END"
    found = dict(count.rows(f"{bands}, count(*)", ALLOWED, "GROUP BY 1"))
    edges = [(index * quarter + (index > 0), (index + 1) * quarter if index < 3 else most) for index in range(4)]  # noqa: PLR2004 - four quarters
    labels = [f"{first} to {last} days" for first, last in edges] + [f"more than {most} days", "none on record"]
    rows = tuple((label, found.get(index, 0)) for index, label in enumerate(labels))
    return Section(
        heading="How long ago the searchers were trained",
        text="Each allowed search, by the age of the person's training on that day. Which of them were too old when they were "
        "allowed, the next section says.",
        chart=bars("Allowed searches by age of training", rows, "mark"),
        table=ReportTable(
            name="ages", caption="Searches by age of training", columns=("Training age", "Searches"), rows=rows
        ),
    )


def _list_lapsed(judged: JudgedSearches) -> Section:
    limits = f" Judged by: {judged.describe_rules()}." if judged.rules else ""
    every = "every search that could be judged" if judged.unjudged else "every search"
    return Section(
        heading="Searches allowed with lapsed or missing training",
        text="Each search is judged by the policy that decided it, which its record names; a limit that was changed later accuses "
        f"and excuses nobody.{limits} That policy denies these, so there should be none. Each one listed needs an explanation.",
        table=ReportTable(
            name="lapsed",
            caption="Allowed with lapsed or missing training",
            columns=("Time (UTC)", "Person", "Name", "Last trained", "Case", "Decision", "Training", "Policy"),
            rows=judged.late,
            empty=f"None: {every} was allowed with current training.",
        ),
    )


def _list_unjudged(judged: JudgedSearches) -> tuple[Section, ...]:
    if not judged.unjudged:
        return ()
    table = ReportTable(
        name="not-judged",
        caption="Allowed, and not judged",
        columns=(
            *("Policy", "Searches", "First (UTC)", "Last (UTC)", "Oldest training (days)", "None on record"),
            "Why not judged",
        ),
        rows=judged.unjudged,
    )
    text = (
        "What the policy that decided these asked of a training is not known here, so none of them is called right or wrong. Put "
        "that policy back below revisions of the state folder, from a back-up, and make the report again."
    )
    return (Section(heading="Searches that could not be judged", text=text, table=table),)


def _tell_unjudged(judged: JudgedSearches) -> tuple[str, ...]:
    """For the head of the page: none of these is among the lapsed, and none is shown to be none."""
    number = judged.number_unjudged
    told = f"{number:,} allowed searches were not judged, for the policy that decided them cannot be read: see Searches that could not be judged."
    return (told,) if number else ()


def _list_unauthorized(count: Counting, people: Sequence[Person]) -> ReportTable:
    known = {person.user_id for person in people}
    found = count.table(
        "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), max(ts)",
        ALLOWED,
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
    codes = "list_has_any(deny_reasons, ['training_missing', 'training_lapsed'])"
    own = "list_contains(json_extract_string(reasons_about, '$.*'), 'training')"
    return Section(
        heading="Searches denied for want of training",
        text="What the rule prevented in this period.",
        table=ReportTable(
            name="denied",
            caption="Denied for want of training",
            columns=("Person", "Name", "Office", "Denied", "Last (UTC)"),
            rows=count.table(
                "user_id, arg_max(user_name, ts), arg_max(office, ts), count(*), max(ts)",
                f"{SEARCHES} AND ({codes} OR {own})",
                "GROUP BY user_id ORDER BY count(*) DESC, user_id",
            ),
        ),
    )
