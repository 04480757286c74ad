"""Findings as their records tell them, each with what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant, parse_instant
from gateway.model import Json
from gateway.value import replace

EVENTS = (
    "finding.opened",
    "finding.assigned",
    "finding.reviewed",
    "finding.reminded",
    "finding.escalated",
    "finding.withdrawn",
)
WITHDRAWN = "withdrawn"
"""The state of a finding that rested on rows of an import that was withdrawn."""
_CLOSED = frozenset({"explained", "misuse", "referred", WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class MisuseFinding:
    """One finding. `status` is open, assigned, the outcome of its review, or withdrawn; `due` when it should have been reviewed.

    `persons` are all whose searches make the pattern, `offices` where these belong; `user_id` made the completing one. `cause` is which of
    several causes of its detector it has; `title` is its detector's, as it was when the finding was put on record.
    """

    finding_id: str
    detector_id: str
    user_id: str | None
    office: str | None
    severity: str
    at: datetime
    opened: datetime
    due: datetime
    another_office: bool
    decision_ids: tuple[str, ...]
    persons: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    cause: str | None = None
    title: str | None = None
    status: str = "open"
    reviewer: str | None = None
    why: str | None = field(default=None, repr=False)
    reviewed_at: datetime | None = None
    reminded: bool = False
    escalated: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether a person has judged it, or there is nothing left to judge."""
        return self.status in _CLOSED

    def is_about(self, user_id: str) -> bool:
        """Whether a search of this person is in it."""
        return user_id == self.user_id or user_id in self.persons

    def tell_concerned(self) -> dict[str, Json]:
        """What each record of it tells: found by what, how severe, and all whose searches they are."""
        told: dict[str, Json] = {"detector": self.detector_id, "severity": self.severity}
        if self.title is not None:
            told["title"] = self.title
        return told | {"persons": list(self.persons), "offices": list(self.offices)}

    def describe(self) -> dict[str, Json]:
        """As lists give it."""
        return {
            "finding_id": self.finding_id,
            "detector": self.detector_id,
            "title": self.title,
            "cause": self.cause,
            "user_id": self.user_id,
            "office": self.office,
            "severity": self.severity,
            "decision_ids": list(self.decision_ids),
            "at": format_instant(self.at),
            "opened_at": format_instant(self.opened),
            "due_at": format_instant(self.due),
            "status": self.status,
            "reviewer": self.reviewer,
            "why": self.why,
            "escalated": self.escalated,
            "another_office": self.another_office,
            "persons": list(self.persons),
            "offices": list(self.offices),
        }


def restore(told: Mapping[str, Any]) -> MisuseFinding:
    """The finding that a list gives so, but for what only its records say."""
    at, opened, due = (_instant(told[name]) for name in ("at", "opened_at", "due_at"))
    same = {name: told[name] for name in ("finding_id", "user_id", "office", "severity", "status", "reviewer", "why")}
    return MisuseFinding(
        **same,
        detector_id=told["detector"],
        at=at,
        opened=opened,
        due=due,
        another_office=told["another_office"],
        decision_ids=tuple(told["decision_ids"]),
        persons=tuple(told.get("persons", ())),
        offices=tuple(told.get("offices") or filter(None, [told["office"]])),
        cause=told.get("cause"),
        title=told.get("title"),
        escalated=told["escalated"],
    )


def _instant(text: str) -> datetime:
    return parse_instant(text) or datetime.max.replace(tzinfo=UTC)


def read_findings(source: LedgerTable, due_days: Mapping[str, int]) -> list[MisuseFinding]:
    """Every finding, oldest first.

    `due_days` says by severity within how many days one must be reviewed whose record, of an earlier version, does not say when.
    """
    rows = source.ask(
        "SELECT event_type, ts, finding_id, user_id, office, oversight, operator, why FROM records WHERE finding_id IS NOT NULL "
        "AND event_type LIKE 'finding.%' ORDER BY ts, event_type <> 'finding.opened', chain_id, seq"
    )
    return fold(rows, due_days)


def fold(rows: Iterable[tuple[Any, ...]], due_days: Mapping[str, int]) -> list[MisuseFinding]:
    """The findings that these records make, in order."""
    found: dict[str, MisuseFinding] = {}
    for event_type, ts, finding_id, user_id, office, details, operator, why in rows:
        told, moment = orjson.loads(details or "{}"), ts.replace(tzinfo=UTC)
        if event_type == "finding.opened":
            if finding_id not in found or found[finding_id].status == WITHDRAWN:
                found[finding_id] = _open(finding_id, moment, user_id, office, told, due_days)
        elif finding_id in found:
            found[finding_id] = _follow(found[finding_id], event_type, moment, told, operator, why)
    return list(found.values())


def _open(
    finding_id: str,
    moment: datetime,
    user_id: str | None,
    office: str | None,
    told: Mapping[str, Any],
    due_days: Mapping[str, int],
) -> MisuseFinding:
    severity = str(told.get("severity"))
    return MisuseFinding(
        finding_id=finding_id,
        detector_id=str(told.get("detector")),
        user_id=user_id,
        office=office,
        severity=severity,
        at=parse_instant(str(told.get("at"))) or moment,
        opened=moment,
        due=parse_instant(str(told.get("due_at"))) or moment + timedelta(days=due_days.get(severity, 14)),
        another_office=told.get("another_office") is True,
        decision_ids=tuple(told.get("decision_ids") or ()),
        persons=tuple(told.get("persons") or ()),
        offices=tuple(told.get("offices") or filter(None, [office])),
        cause=told.get("cause"),
        title=told.get("title"),
    )


def _follow(
    finding: MisuseFinding,
    event_type: str,
    moment: datetime,
    told: Mapping[str, Any],
    operator: str | None,
    why: str | None,
) -> MisuseFinding:
    if event_type == "finding.assigned" and not finding.is_closed:
        return replace(finding, status="assigned", reviewer=str(told.get("reviewer")))
    if event_type in ("finding.reviewed", "finding.withdrawn") and finding.is_closed:
        return finding
    if event_type == "finding.withdrawn":
        return replace(finding, status=WITHDRAWN, why=why)
    if event_type == "finding.reviewed":
        return _judge(finding, str(told.get("reviewer") or operator), str(told.get("outcome")), moment, why)
    if event_type == "finding.reminded":
        return replace(finding, reminded=True)
    return replace(finding, escalated=finding.escalated or event_type == "finding.escalated")


def _judge(finding: MisuseFinding, reviewer: str, outcome: str, moment: datetime, why: str | None) -> MisuseFinding:
    if finding.is_about(reviewer):
        return finding  # whatever way it came onto the record, it is no review
    return replace(finding, status=outcome, reviewer=reviewer, why=why, reviewed_at=moment)
