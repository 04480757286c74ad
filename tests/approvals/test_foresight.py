"""What an approver is told that the policy would say, also where it can say nothing."""

import json
from datetime import timedelta

from gateway.app.engine import StoppedEngine
from gateway.approvals import Foresight
from gateway.clock import format_instant, now
from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.store.runtime_rows import DECISIONS, REQUESTS, keep
from tests.approvals.staff import NOW


def test_a_request_is_shown_while_everything_is_stopped_and_says_that_nothing_would_be_allowed(parts):
    saw = {"facts": {"approvals": []}, "schema": "lpr.input.v1"}
    refused = {"decision_id": "d1", "user_id": "officer", "time": format_instant(NOW), "verdict": "deny"}
    refused |= {"reasons": '["geo_search_not_approved"]', "told": "[]", "input": json.dumps(saw)}
    keep(parts.store, DECISIONS, refused)
    asked = {"approval_id": "a1", "user_id": "officer", "scope": "geo_search", "decision_id": "d1", "hours": 4}
    assert Foresight(store=parts.store, engine=StoppedEngine()).consequences(asked, "supervisor") == {
        "policy_saw": saw,
        "refused_because": ["geo_search_not_approved"],
        "facts_as_of": format_instant(NOW),
        "would_then": {"allow": False, "reasons": ["searches_stopped"]},
    }


def test_what_was_approved_of_the_same_refusal_before_counts_in_what_is_foreseen(parts):
    saw = {"facts": {"approvals": []}, "schema": "lpr.input.v1"}
    refused = {"decision_id": "d1", "user_id": "officer", "time": format_instant(NOW), "verdict": "deny"}
    keep(parts.store, DECISIONS, refused | {"reasons": "[]", "told": "[]", "input": json.dumps(saw)})
    given = {
        "user_id": "officer",
        "case_number": "25-1",
        "decision_id": "d1",
        "hours": 4,
        "requested_at": format_instant(NOW),
        "reason_sealed": "-",
    }
    ends = format_instant(now() + timedelta(hours=1))
    keep(
        parts.store,
        REQUESTS,
        given | {"approval_id": "a1", "scope": "other_purpose", "status": "approved", "expires_at": ends},
    )
    keep(parts.store, REQUESTS, given | {"approval_id": "a2", "scope": "partial_plate", "status": "denied"})
    asked = []

    class Engine:
        def decide(self, input_text):
            asked.append([one["scope"] for one in json.loads(input_text)["facts"]["approvals"]])
            raise Refusal(Reason.SEARCHES_STOPPED)

    row = given | {"approval_id": "a3", "scope": "geo_search"}
    Foresight(store=parts.store, engine=Engine()).consequences(row, "supervisor")
    assert asked == [["geo_search", "other_purpose"]]
