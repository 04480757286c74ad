"""Emergency searches and how their reviews stand: those of a period, and from before it whatever is not reviewed yet."""

from dataclasses import dataclass
from datetime import datetime

from gateway.auditing.query_engine import table_time
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import BEGINNING, Figure, Period, ReportTable, Section
from gateway.auditing.source import LedgerTable

OVERDUE, DUE, NOT_SENT = "overdue", "due", "not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyReview:
    """One emergency search: who searched when, until when it was to be reviewed, and by whom it was, and how it ended.

    One that never reached the vendor ended so, by nobody's review.
    """

    decision_id: str
    user_id: str
    case_number: str | None
    at: datetime
    due_at: datetime | None
    standing: str
    reviewed_by: str | None
    reviewed_at: datetime | None


def review_emergencies(source: LedgerTable, period: Period) -> tuple[Section, Figure]:
    """The section on emergencies, and how many reviews are overdue at the end of the period."""
    listed = _list_reviews(Counting(source, Period(since=BEGINNING, until=period.until)), period)
    overdue = sum(one.standing == OVERDUE for one in listed)
    section = Section(
        heading="Emergencies and their reviews",
        text="Every emergency search of the period, and every earlier one without a review. While a review is overdue, "
        "that person's emergencies are refused. One that surely never reached the vendor (not sent) needs none.",
        table=ReportTable(
            name="emergencies",
            caption="Emergency searches",
            columns=("Searched (UTC)", "Person", "Case or call", "Decision", "Review due", "Review", "By", "On"),
            rows=tuple(_row(one) for one in listed),
        ),
    )
    note = "emergency searches that nobody reviewed in time"
    return section, Figure(label="Overdue reviews", value=f"{overdue:,}", note=note, alarming=overdue > 0)


def _list_reviews(count: Counting, period: Period) -> list[EmergencyReview]:
    """Overdue ones first, then the newest."""
    ended = {
        about: (outcome, reviewer, at)
        for about, outcome, reviewer, at in count.rows(
            "about, outcome, user_id, ts", "event_type = 'emergency.reviewed'", "ORDER BY ts"
        )
    }
    unsent = f"decision_id, '{NOT_SENT}', NULL, ts"
    for about, *end in count.rows(unsent, "event_type = 'emergency.not_sent'", "ORDER BY ts"):
        ended.setdefault(about, tuple(end))
    since, until = (table_time(moment) for moment in (period.since, period.until))
    listed = []
    for decision_id, user_id, case_number, at, due_at in count.rows(
        "decision_id, user_id, case_number, ts, due_at", "event_type = 'emergency.opened'", "ORDER BY ts DESC"
    ):
        open_standing = OVERDUE if due_at is not None and due_at <= until else DUE
        standing, reviewer, reviewed_at = ended.get(decision_id, (open_standing, None, None))
        if reviewed_at is None or max(at, reviewed_at) >= since:
            listed.append(
                EmergencyReview(
                    decision_id=decision_id,
                    user_id=user_id,
                    case_number=case_number,
                    at=at,
                    due_at=due_at,
                    standing=str(standing).replace("_", " "),
                    reviewed_by=reviewer,
                    reviewed_at=reviewed_at,
                )
            )
    return sorted(listed, key=lambda one: one.standing != OVERDUE)


def _row(one: EmergencyReview) -> tuple[str | None, ...]:
    return (
        _minute(one.at),
        one.user_id,
        one.case_number,
        one.decision_id,
        _minute(one.due_at),
        one.standing,
        one.reviewed_by,
        _minute(one.reviewed_at),
    )


def _minute(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"
