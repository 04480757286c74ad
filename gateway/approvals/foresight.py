"""What an approval would change: the policy asked once more about the same request, with the approval in it."""

import json
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement

from gateway.approvals.approvals import APPROVED
from gateway.approvals.scopes import split_scopes
from gateway.canonical import canonical
from gateway.clock import format_instant, now
from gateway.errors import Refusal
from gateway.model import Decision, Json
from gateway.store.runtime_rows import DECISIONS, REQUESTS, Row, find
from gateway.store.store import Store


class EngineToAsk(Protocol):
    """A Rego engine."""

    def decide(self, input_text: str) -> Decision:
        """The decision on this input; or a `Refusal`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """Asks the engine in force. The input holds no plate, so all of it may be shown to who decides."""

    store: Store
    engine: EngineToAsk

    def consequences(self, row: Row, approver: str) -> dict[str, Json]:
        """What the policy saw and why it refused; and what it would say were this request approved by this person.

        The facts are those of the refusal (`facts_as_of`), with what was approved of it since. Where it can say nothing now, as where everything was stopped, the reason of that: the request is shown all the same.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        wanted = DECISIONS.c.decision_id == row["decision_id"]
        refused = find(self.store, DECISIONS, wanted, newest_by="time")
        if not refused or refused[0]["input"] is None:
            return {"policy_saw": None, "refused_because": None, "facts_as_of": None, "would_then": None}
        saw = json.loads(refused[0]["input"])
        supposed = json.loads(refused[0]["input"])
        given = find(self.store, REQUESTS, _given_for(row), newest_by="requested_at")
        supposed["facts"]["approvals"] += [
            *_suppose(row, same_person=approver == row["user_id"]),
            *(supposed for one in given for supposed in _suppose(one, same_person=False)),
        ]
        because: list[Json] = [*json.loads(refused[0]["reasons"])]
        would_then = self._decide(canonical(supposed))
        return {
            "policy_saw": saw,
            "refused_because": because,
            "facts_as_of": refused[0]["time"],
            "would_then": would_then,
        }

    def _decide(self, input_text: str) -> dict[str, Json]:
        try:
            decision = self.engine.decide(input_text)
        except Refusal as refusal:
            return {"allow": False, "reasons": [reason.value for reason in refusal.reasons]}
        return {"allow": decision.allow, "reasons": [reason.value for reason in decision.reasons]}


def _given_for(row: Row) -> ColumnElement[bool]:
    """What else was approved of the same refusal, and counts still."""
    its = (REQUESTS.c.decision_id == row["decision_id"]) & (REQUESTS.c.approval_id != row["approval_id"])
    standing: ColumnElement[bool] = its & (REQUESTS.c.status == APPROVED)
    return standing & (REQUESTS.c.expires_at > format_instant(now()))


def _suppose(row: Row, *, same_person: bool) -> list[dict[str, Json]]:
    """An approval in the policy's input, of each of its scopes, as it is where everything about it is right."""
    return [_suppose_scope(row, scope, same_person=same_person) for scope in split_scopes(row["scope"])]


def _suppose_scope(row: Row, scope: str, *, same_person: bool) -> dict[str, Json]:
    return {
        "id": row["approval_id"],
        "scope": scope,
        "same_person": same_person,
        "approver_active": True,
        "approver_is_supervisor": True,
        "case_matches": True,
        "plate_matches": True,
        "plate_named": row.get("plate_hash") is not None,
        "expires_in_hours": float(row["hours"]),
        "runs_hours": float(row["hours"]),
    }
