"""What an approver is told that the policy would say, also where it can say nothing."""

import json

from gateway.app.engine import StoppedEngine
from gateway.approvals import Foresight
from gateway.clock import format_instant
from gateway.store.runtime_rows import DECISIONS, keep
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
        "would_then": {"allow": False, "reasons": ["policy_expired"]},
    }
