"""Approvals at run time: asked for from a refusal, given or denied by another person, withdrawn at will.

Who may decide: an active supervisor, never for himself, and of the same office unless the table says otherwise. Whether an
approval then lets a search through is judged by the policy, at each request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.approvals.deciders import (
    check_still,
    find_objection,
    find_office,
    is_supervisor,
    select_decidable,
    select_same,
)
from gateway.approvals.parts import ApprovalParts
from gateway.approvals.scopes import (
    describe_request,
    describe_terms,
    join_scopes,
    list_scopes,
    read_giver,
    tell_instead,
    write_notice,
)  # fmt: skip
from gateway.approvals.told import read_told
from gateway.approvals.wanted import Wanted
from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.model import Approval, Json, Question
from gateway.plates import SoughtPlate, in_clear, read_sought
from gateway.reasons import Reason
from gateway.store.runtime_rows import DECISIONS, REQUESTS, Row, change, find, forget, keep_once
from gateway.store.store import new_id
from gateway.value import replace

_MOST_DECIDED: Final = 500
REQUESTED, APPROVED, DENIED, REVOKED = "requested", "approved", "denied", "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRules:
    """What the table `approvals` says now: the longest life in hours, and whether other offices may decide."""

    max_hours: float
    other_office: bool


class Approvals:
    """Requests for approvals and what became of them, in the store, so that they count in every worker at once."""

    def __init__(self, parts: ApprovalParts, rules: Callable[[], ApprovalRules]) -> None:
        self._parts, self._rules = parts, rules

    def match(self, approvals: Sequence[Approval], question: Question) -> tuple[Approval, ...]:
        """The same approvals, each with whether it is for the plate asked about; plates are compared as hashes."""
        return tuple(self._match(approval, question) for approval in approvals)

    def find_refused(self, user_id: str, decision_id: str) -> Row:
        """A refusal of one's own.

        Raises:
            Refusal: DECISION_UNKNOWN, also for somebody else's.
        """
        mine = (DECISIONS.c.decision_id == decision_id) & (DECISIONS.c.user_id == user_id)
        rows = find(self._parts.store, DECISIONS, mine & (DECISIONS.c.verdict == "deny"), newest_by="time")
        if not rows:
            raise Refusal(Reason.DECISION_UNKNOWN)
        return rows[0]

    def derive_wanted(self, user_id: str, decision_id: str, *, scope: str | None, hours: int, reason: str) -> Wanted:
        """What a refusal of one's own lets one ask for: scope, case, plate and window are those of the refusal.

        Raises:
            Refusal: DECISION_UNKNOWN; APPROVAL_NOT_NEEDED where no approval could have helped.
        """
        row = self.find_refused(user_id, decision_id)
        told = read_told(row["told"])[1]
        possible = [] if row["case_number"] is None else list_scopes(told)  # an approval is of one case
        if not possible or (scope is not None and scope not in possible):
            raise Refusal(Reason.APPROVAL_NOT_NEEDED, hint=tell_instead(told, possible))
        plate = self._parts.protection.open(row["plate_sealed"], decision_id, "plate")
        return Wanted(
            case_number=row["case_number"],
            scope=scope or possible[0],
            plate=None if plate is None else read_sought(plate),
            mount=row["mount"],
            hours=hours,
            reason=reason,
            decision_id=decision_id,
            window=(row["window_start"], row["window_end"]),
            possible=tuple(dict.fromkeys(possible)),
        )

    def ask(self, user_id: str, wanted: Wanted, now: datetime) -> tuple[dict[str, Json], bool]:
        """Keep a request; and whether it is new: then it is to be recorded and announced, or retracted.

        The same, asked for already and not yet decided, also at the same moment, is shown in its place: whoever decides
        must not find it twice. One that another office would decide on is not the same.

        Raises:
            Refusal: REQUEST_OUT_OF_RANGE for more hours than the table allows; APPROVAL_OFFICE where nobody could decide.
        """
        self._check_hours(wanted.hours)
        approval_id, anywhere = new_id("a"), self._rules().other_office
        office = find_office(user_id, self._parts.people, other_office=anywhere)
        seal = self._parts.protection.seal
        row = {
            "approval_id": approval_id,
            "user_id": user_id,
            "office": office,
            **self._subject(wanted),
            "plate_sealed": None if wanted.plate is None else seal(in_clear(wanted.plate), approval_id, "plate"),
            "window_start": wanted.window[0],
            "window_end": wanted.window[1],
            "decision_id": wanted.decision_id,
            "hours": wanted.hours,
            "reason_sealed": seal(wanted.reason, approval_id, "reason"),
            "status": REQUESTED,
            "requested_at": format_instant(now),
        }
        same = select_same(row)
        if not anywhere:
            same &= REQUESTS.c.office == office
        waiting = keep_once(self._parts.store, REQUESTS, row, same)
        return describe_request(waiting or row, user_id), waiting is None

    def find_left_behind(self, user_id: str, approval_id: str) -> list[Row]:
        """The same request as this one where it still waits for an office that is the person's no longer."""
        if self._rules().other_office:
            return []
        row = self.find(user_id, approval_id)
        elsewhere = REQUESTS.c.office.is_distinct_from(row["office"])
        return find(self._parts.store, REQUESTS, select_same(row) & elsewhere, newest_by="requested_at")

    def retract(self, approval_id: str) -> None:
        """Take away a request that nobody decided yet, as if it had not been asked for."""
        undecided = (REQUESTS.c.approval_id == approval_id) & (REQUESTS.c.status == REQUESTED)
        forget(self._parts.store, REQUESTS, undecided)

    def visible(self, user_id: str, status: str | None) -> list[dict[str, Json]]:
        """One's own, and those one may decide; newest first. Whatever still waits is there, and the newest that do not."""
        columns, store = REQUESTS.c, self._parts.store
        person = self._parts.people.person(user_id)
        seen = columns.user_id == user_id
        seen |= select_decidable(user_id, person, other_office=self._rules().other_office)
        wanted = seen & (columns.status == status) if status else seen
        rows = find(store, REQUESTS, wanted & (columns.status == REQUESTED), newest_by="requested_at")
        rows += find(
            store, REQUESTS, wanted & (columns.status != REQUESTED), newest_by="requested_at", limit=_MOST_DECIDED
        )
        once = {row["approval_id"]: row for row in rows}  # one may have been decided between the two questions
        return [
            self._tell(row, user_id)
            for row in sorted(once.values(), key=lambda row: str(row["requested_at"]), reverse=True)
        ]

    def find(self, user_id: str, approval_id: str) -> Row:
        """One's own request, or one that one may decide.

        Raises:
            Refusal: APPROVAL_UNKNOWN.
        """
        row = self._read(approval_id)
        if row["user_id"] != user_id and self._objection(user_id, row) is not None:
            raise Refusal(Reason.APPROVAL_UNKNOWN)
        return row

    def _read(self, approval_id: str) -> Row:
        for row in find(self._parts.store, REQUESTS, REQUESTS.c.approval_id == approval_id, newest_by="requested_at"):
            return row
        raise Refusal(Reason.APPROVAL_UNKNOWN)

    def show(self, user_id: str, row: Row) -> dict[str, Json]:
        """A request in full: why it was asked for, and why it was last decided on so (`answer`); the plate, for who may decide."""
        approval_id, told = row["approval_id"], self._tell(row, user_id)
        told["reason"] = self._parts.protection.open(row["reason_sealed"], approval_id, "reason")
        told["answer"] = self._parts.protection.open(row["answer_sealed"], approval_id, "answer")
        if self._objection(user_id, row) is None:
            told["plate"] = self._parts.protection.open(row["plate_sealed"], approval_id, "plate")
        return told

    def may_decide(self, user_id: str, approval_id: str, *, or_own: bool = False) -> Row:
        """The request, where this person may decide on it; `or_own` also where they asked for it.

        Raises:
            Refusal: APPROVAL_UNKNOWN; APPROVAL_OWN, APPROVAL_ROLE, APPROVAL_OFFICE.
        """
        row = self._read(approval_id)
        objection = self._objection(user_id, row)
        if objection is not None and not (or_own and row["user_id"] == user_id):
            raise Refusal(objection)
        return row

    def check_grant(self, row: Row, hours: int) -> None:
        """Whether it can still be given, for so long; asked before anything is recorded.

        Raises:
            Refusal: REQUEST_OUT_OF_RANGE; APPROVAL_DECIDED.
        """
        self._check_hours(hours)
        check_still(row, REQUESTED)

    def approve(
        self, user_id: str, row: Row, *, hours: int, reason: str, now: datetime, also: str | None = None
    ) -> dict[str, Json]:
        """Let it count from the next request on; `also` for a second scope, of which who asked is told nothing.

        Raises:
            Refusal: REQUEST_OUT_OF_RANGE; APPROVAL_DECIDED.
        """
        self._check_hours(hours)
        expires_at = format_instant(now + timedelta(hours=hours))
        scope = join_scopes(filter(None, (row["scope"], also)))
        given = {"expires_at": expires_at, "scope": scope, "given_by": user_id, "given_at": format_instant(now)}
        return self._decide(user_id, row, {REQUESTED}, APPROVED, reason, now, **given)

    def deny(self, user_id: str, row: Row, *, reason: str, now: datetime) -> dict[str, Json]:
        """Say no.

        Raises:
            Refusal: APPROVAL_DECIDED.
        """
        return self._decide(user_id, row, {REQUESTED}, DENIED, reason, now)

    def revoke(self, user_id: str, row: Row, *, reason: str, now: datetime) -> dict[str, Json]:
        """Let it count no more, from the next request on; also before anybody decided.

        Raises:
            Refusal: APPROVAL_DECIDED.
        """
        given = read_giver(row) if row["status"] == APPROVED else {}
        return self._decide(user_id, row, {REQUESTED, APPROVED}, REVOKED, reason, now, **given)

    def _subject(self, wanted: Wanted) -> dict[str, str | None]:
        """What it would let through, as it lies in the store."""
        plate, number = wanted.plate, wanted.case_number
        hashed = None if plate is None else self._parts.protection.hash_plate(plate, number)
        return {"mount": wanted.mount, "case_number": number, "scope": wanted.scope, "plate_hash": hashed}

    def _decide(
        self,
        user_id: str,
        row: Row,
        before: set[str],
        status: str,
        reason: str,
        now: datetime,
        **more: Any,  # noqa: ANN401
    ) -> dict[str, Json]:
        answer = self._parts.protection.seal(reason, row["approval_id"], "answer")
        changes = {"status": status, "decided_by": user_id, "decided_at": format_instant(now), "answer_sealed": answer}
        open_still = (REQUESTS.c.approval_id == row["approval_id"]) & REQUESTS.c.status.in_(sorted(before))
        if not change(self._parts.store, REQUESTS, open_still, **changes, **more):
            raise Refusal(Reason.APPROVAL_DECIDED)
        row = row | changes | more
        self.announce(f"approval.{status}", row | describe_terms(row))
        return describe_request(row, user_id)

    def _tell(self, row: Row, user_id: str) -> dict[str, Json]:
        """A request as this person may see it; of one approved whether who approved it may do so still."""
        told = describe_request(row, user_id)
        if row["status"] == APPROVED:
            told["approver_counts"] = is_supervisor(self._parts.people.person(row["decided_by"]))
        return told

    def open_plate(self, row: Row) -> SoughtPlate | None:
        """The plate of a request; None where it names none."""
        plate = self._parts.protection.open(row["plate_sealed"], row["approval_id"], "plate")
        return None if plate is None else read_sought(plate)

    def _match(self, approval: Approval, question: Question) -> Approval:
        if approval.plate_hash is None:
            return approval
        plate, case_number = question.plate, approval.case_number
        same = (
            plate is not None and self._parts.protection.hash_plate(plate.text, str(case_number)) == approval.plate_hash
        )
        return replace(approval, plate_matches=same)

    def _objection(self, user_id: str, row: Row) -> Reason | None:
        """Why this person may not decide on the request; None if he may."""
        person = self._parts.people.person(user_id)
        return find_objection(user_id, person, row, other_office=self._rules().other_office)

    def tell_hours(self) -> str:
        """For how long an approval may live, in a sentence."""
        return f"Allowed: a whole number, 1 to {self._rules().max_hours:g}."

    def _check_hours(self, hours: int) -> None:
        if not 0 < hours <= self._rules().max_hours:
            raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="hours", hint=self.tell_hours())

    def announce(self, event: str, row: Row) -> None:
        """Tell who may decide what became of a request, and what it covers."""
        self._parts.notices.tell(write_notice(event, row, self._parts.addressees.approvers))
