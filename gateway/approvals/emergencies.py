"""Emergencies: allowed at once by the policy, and reviewed by another person afterwards, within the hours it says.

The obligation `require_review` of an allow opens the review before anything is sent; while one is overdue, the policy
refuses that person's next emergency. Who may review is in the table `emergencies`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.approvals.notices import Notice
from gateway.approvals.parts import ApprovalParts
from gateway.clock import format_instant, parse_instant
from gateway.errors import Refusal
from gateway.model import Declared, Dossier, Json, ProvenUser, ReviewStanding
from gateway.plates import in_clear
from gateway.reasons import Reason
from gateway.store.runtime_rows import EMERGENCIES, Row, change, find, forget, keep

OPEN, NOT_SENT = "due", "not_sent"
_AT_ONCE_S = 1
_STAYS = "What was judged once stays so: of a wrong outcome tell the privacy office."
_DAY = timedelta(hours=24)
_LATELY = timedelta(days=31)
"""For so long reviewers see how others' reviews ended: as long as a review may take at most."""
_SHOWN = (
    "decision_id",
    "user_id",
    "case_number",
    "mount",
    "operation",
    "at",
    "due_at",
    "status",
    "reviewed_by",
    "reviewed_at",
)


class Emergencies:
    """The reviews that are due, and how they end. `reviewers` gives the roles that may review, as the table says now."""

    def __init__(
        self, parts: ApprovalParts, *, reviewers: Callable[[], frozenset[str]], record: Callable[..., None]
    ) -> None:
        self._parts, self._reviewers, self._record = parts, reviewers, record

    def open_review(self, case: Dossier) -> bool:
        """Note the review of an allowed emergency, and tell who must know; before anything is sent. Whether one is due now.

        Raises:
            Refusal: STORE_UNAVAILABLE, AUDIT_UNAVAILABLE, or GATEWAY_BUSY where another emergency of this person came in
                between, which the policy did not count; then nothing is to be sent, and no review is due.
        """
        hours = _review_hours(case)
        if hours is None or case.identity is None or case.declared is None or case.opening is not None:
            return False
        now, decision_id, plate = case.request.time, case.decision_id, case.query.plate if case.query else None
        subject, statement = case.known.subject if case.known else None, _state(case.declared, case.withheld_case)
        row = {
            "decision_id": decision_id,
            "user_id": case.identity.user_id,
            "office": subject.office if subject else None,
            "case_number": case.declared.case_number,
            "mount": case.mount,
            "operation": case.operation,
            "statement_sealed": self._parts.protection.seal(statement, decision_id, "statement"),
            "plate_sealed": self._parts.protection.seal(in_clear(plate.text), decision_id, "plate") if plate else None,
            "at": format_instant(now),
            "due_at": format_instant(now + timedelta(hours=hours)),
            "status": OPEN,
            "told_overdue": 0,
        }
        keep(self._parts.store, EMERGENCIES, row)
        try:
            self._check_count(case)
            named = {name: row[name] for name in ("decision_id", "user_id", "due_at", "case_number")}
            self._record("emergency.opened", **named)
        except Refusal:
            forget(self._parts.store, EMERGENCIES, EMERGENCIES.c.decision_id == decision_id)
            raise
        self._tell("emergency.opened", f"Emergency search by {row['user_id']}, review due {row['due_at']}", row)
        return True

    def close_unsent(self, case: Dossier) -> None:
        """End the review of an emergency of which not a byte can have left: it counts for nothing from now on.

        Recorded before it counts for nothing; what cannot be recorded, and what somebody reviewed already, counts.

        Raises:
            Refusal: STORE_UNAVAILABLE, AUDIT_UNAVAILABLE, REVIEW_UNKNOWN, REVIEW_DONE.
        """
        store, its = self._parts.store, EMERGENCIES.c.decision_id == case.decision_id
        rows = find(store, EMERGENCIES, its, newest_by="at")
        if not rows or rows[0]["status"] != OPEN:
            raise Refusal(Reason.REVIEW_DONE if rows else Reason.REVIEW_UNKNOWN)
        named = {name: rows[0][name] for name in ("decision_id", "user_id", "case_number")}
        self._record("emergency.not_sent", **named)
        if not change(store, EMERGENCIES, its & (EMERGENCIES.c.status == OPEN), status=NOT_SENT):
            raise Refusal(Reason.REVIEW_DONE)
        sentence = f"Emergency search by {rows[0]['user_id']} never reached the vendor: there is nothing to review"
        self._tell("emergency.not_sent", sentence, rows[0] | {"status": NOT_SENT})

    def _check_count(self, case: Dossier) -> None:
        """Of several at the same moment each must have been decided on a number that counts the others."""
        decided_on = case.reviews.emergencies_24h if case.reviews else 0
        user_id = case.identity.user_id if case.identity else None
        since = format_instant(case.request.time - _DAY)
        others = (EMERGENCIES.c.user_id == user_id) & (EMERGENCIES.c.decision_id != case.decision_id)
        counted = (EMERGENCIES.c.at > since) & (EMERGENCIES.c.status != NOT_SENT)
        rows = find(self._parts.store, EMERGENCIES, others & counted, newest_by="at")
        if len(rows) > decided_on:
            note, hint = "another emergency came in between", "Another emergency of yours was decided at this moment."
            raise Refusal(Reason.GATEWAY_BUSY, retry_after_s=_AT_ONCE_S, note=note, hint=hint)

    def standing(self, user_id: ProvenUser, now: datetime) -> ReviewStanding:
        """How many emergencies this person had in the last 24 hours, and how many reviews are overdue.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        columns = EMERGENCIES.c
        since, moment = format_instant(now - _DAY), format_instant(now)
        wanted = (columns.user_id == user_id) & ((columns.at > since) | (columns.status == OPEN))
        rows = find(self._parts.store, EMERGENCIES, wanted & (columns.status != NOT_SENT), newest_by="at")
        lately = tuple(instant for row in rows if row["at"] > since and (instant := parse_instant(row["at"])))
        return ReviewStanding(
            lately=lately,
            emergencies_24h=sum(row["at"] > since for row in rows),
            due=sum(row["status"] == OPEN for row in rows),
            overdue=sum(row["status"] == OPEN and row["due_at"] <= moment for row in rows),
        )

    def count_awaiting(self, user_id: str) -> int:
        """How many reviews of other people's emergencies wait; 0 for somebody who may not review.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        if not self._may_review(user_id):
            return 0
        others = (EMERGENCIES.c.status == OPEN) & (EMERGENCIES.c.user_id != user_id)
        return len(find(self._parts.store, EMERGENCIES, others, newest_by="at"))

    def visible(self, user_id: str, now: datetime) -> list[dict[str, Json]]:
        """One's own; for who may review, everybody's that are due or ended lately, with the statement, and whether it is overdue; newest first."""
        columns, reviewer = EMERGENCIES.c, self._may_review(user_id)
        mine = columns.user_id == user_id
        rows = find(
            self._parts.store, EMERGENCIES, mine | (columns.status == OPEN) if reviewer else mine, newest_by="at"
        )
        if reviewer:
            lately = format_instant(now - _LATELY)
            ended = (columns.reviewed_at > lately) | ((columns.status == NOT_SENT) & (columns.at > lately))
            ended &= (columns.user_id != user_id) & (columns.status != OPEN)
            rows += find(self._parts.store, EMERGENCIES, ended, newest_by="at")
        once = {row["decision_id"]: row for row in rows}  # one may have been reviewed between the two questions
        newest_first = sorted(once.values(), key=lambda row: str(row["at"]), reverse=True)
        moment = format_instant(now)
        return [
            self._describe(row, reviewer=reviewer and row["user_id"] != user_id)
            | {"overdue": row["status"] == OPEN and row["due_at"] <= moment}
            for row in newest_first
        ]

    def may_review(self, user_id: str, decision_id: str) -> Row:
        """The emergency, where this person may end its review now; asked before anything is recorded.

        Raises:
            Refusal: REVIEW_UNKNOWN, REVIEW_OWN, REVIEW_ROLE, REVIEW_DONE.
        """
        rows = find(self._parts.store, EMERGENCIES, EMERGENCIES.c.decision_id == decision_id, newest_by="at")
        if not rows or not (rows[0]["user_id"] == user_id or self._may_review(user_id)):
            raise Refusal(Reason.REVIEW_ROLE if rows else Reason.REVIEW_UNKNOWN)
        if rows[0]["user_id"] == user_id:
            raise Refusal(Reason.REVIEW_OWN)
        if rows[0]["status"] != OPEN:
            unsent = "It never reached the vendor, so there is nothing to review."
            raise Refusal(Reason.REVIEW_DONE, hint=unsent if rows[0]["status"] == NOT_SENT else _STAYS)
        return rows[0]

    def review(self, user_id: str, row: Row, outcome: str, reason: str, now: datetime) -> dict[str, Json]:
        """End a review: `justified`, `not_justified` or `referred`.

        Raises:
            Refusal: REVIEW_DONE.
        """
        changes: Mapping[str, Any] = {
            "status": outcome,
            "reviewed_by": user_id,
            "reviewed_at": format_instant(now),
            "review_sealed": self._parts.protection.seal(reason, row["decision_id"], "review"),
        }
        still_due = (EMERGENCIES.c.decision_id == row["decision_id"]) & (EMERGENCIES.c.status == OPEN)
        if not change(self._parts.store, EMERGENCIES, still_due, **changes):
            raise Refusal(Reason.REVIEW_DONE)
        ended = row | dict(changes)
        self._tell("emergency.reviewed", f"Emergency search by {row['user_id']} reviewed: {outcome}", ended)
        return self._describe(ended, reviewer=False)

    def overdue(self, now: datetime) -> list[str]:
        """A sentence for each person with overdue reviews, for readiness; each review that became so is recorded once.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        columns = EMERGENCIES.c
        late = (columns.status == OPEN) & (columns.due_at <= format_instant(now))
        rows = find(self._parts.store, EMERGENCIES, late, newest_by="at")
        for row in rows:
            if not row["told_overdue"]:
                self._note_overdue(row)
        counts: dict[str, int] = {}
        for row in rows:
            counts[row["user_id"]] = counts.get(row["user_id"], 0) + 1
        return [f"{user}: {count} overdue review(s) of emergency searches" for user, count in sorted(counts.items())]

    def _note_overdue(self, row: Row) -> None:
        """Record and tell it once, whoever of the workers sees it first; what cannot be recorded now, at another look."""
        store, its = self._parts.store, EMERGENCIES.c.decision_id == row["decision_id"]
        if not change(store, EMERGENCIES, its & (EMERGENCIES.c.told_overdue == 0), told_overdue=1):
            return
        try:
            fields = {name: row[name] for name in ("decision_id", "user_id", "case_number", "due_at")}
            self._record("emergency.overdue", **fields)
        except Refusal:
            change(store, EMERGENCIES, its, told_overdue=0)
            raise
        self._tell("emergency.overdue", f"Review of an emergency search by {row['user_id']} is overdue", row)

    def _may_review(self, user_id: str) -> bool:
        person = self._parts.people.person(user_id)
        return person is not None and person.active is True and not self._reviewers().isdisjoint(person.roles)

    def _describe(self, row: Row, *, reviewer: bool) -> dict[str, Json]:
        told: dict[str, Json] = {name: row[name] for name in _SHOWN}
        told["review"] = self._parts.protection.open(row.get("review_sealed"), row["decision_id"], "review")
        if reviewer:
            told["statement"] = self._parts.protection.open(row["statement_sealed"], row["decision_id"], "statement")
        return told

    def _tell(self, event: str, sentence: str, row: Row) -> None:
        fields = {name: row.get(name) for name in ("decision_id", "user_id", "case_number", "due_at", "status")}
        to = self._parts.addressees.duty + self._parts.addressees.privacy
        self._parts.notices.tell(Notice(event=event, sentence=sentence, fields=fields, to=to))


def _state(declared: Declared, withheld_case: str | None) -> str:
    """What reviewers read: the statement, and the number of the case or call where it is kept in clear nowhere."""
    given = "" if withheld_case is None else f" (case or call as given: {withheld_case})"
    return f"{declared.statement}{given}"


def _review_hours(case: Dossier) -> float | None:
    for obligation in case.decision.obligations if case.decision else ():
        hours = obligation.params.get("hours")
        if obligation.type == "require_review" and isinstance(hours, int | float):
            return float(hours)
    return None
