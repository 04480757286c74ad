"""What an approval would change: the policy asked once more about the same request, with the approval in it."""

import json
from dataclasses import dataclass
from typing import Protocol

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import Decision, Json
from gateway.store.runtime_rows import DECISIONS, Row, find
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

        Where it can say nothing now, as where everything was stopped, the reason of that: the request is shown all the same.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        wanted = DECISIONS.c.decision_id == row["decision_id"]
        refused = find(self.store, DECISIONS, wanted, newest_by="time")
        if not refused or refused[0]["input"] is None:
            return {"policy_saw": None, "refused_because": None, "would_then": None}
        saw = json.loads(refused[0]["input"])
        supposed = json.loads(refused[0]["input"])
        supposed["facts"]["approvals"].append(
            {
                "id": row["approval_id"],
                "scope": row["scope"],
                "same_person": approver == row["user_id"],
                "approver_active": True,
                "approver_is_supervisor": True,
                "case_matches": True,
                "plate_matches": True,
                "expires_in_hours": float(row["hours"]),
                "runs_hours": float(row["hours"]),
            }
        )
        because: list[Json] = [*json.loads(refused[0]["reasons"])]
        return {"policy_saw": saw, "refused_because": because, "would_then": self._decide(canonical(supposed))}

    def _decide(self, input_text: str) -> dict[str, Json]:
        try:
            decision = self.engine.decide(input_text)
        except Refusal as refusal:
            return {"allow": False, "reasons": [reason.value for reason in refusal.reasons]}
        return {"allow": decision.allow, "reasons": [reason.value for reason in decision.reasons]}
