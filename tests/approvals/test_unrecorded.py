"""What a person does while nothing can be recorded has not been done."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.approvals import ApprovalRules, Approvals, Wanted
from gateway.endpoints.approvals import deny_approval, revoke_approval
from gateway.endpoints.contexts import record_declared
from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.plates import NormalPlate
from tests.approvals.staff import NOW, request_at


def asking(user_id, target, body=b""):
    who = SimpleNamespace(user_id=user_id, direct=True, on_behalf_of=None)
    return Dossier(decision_id="x1", request=request_at(target, body), identity=who)


@pytest.mark.parametrize(("act", "ends"), [(deny_approval, "denied"), (revoke_approval, "revoked")])
def test_an_approval_is_neither_denied_nor_revoked_where_that_cannot_be_recorded(parts, records, act, ends):
    approvals = Approvals(parts, lambda: ApprovalRules(max_hours=72, other_office=False))
    endpoint = SimpleNamespace(approvals=approvals, acts=records)
    wanted = Wanted(
        case_number="25-1", scope="partial_plate", plate=NormalPlate("ABC123"), mount=None, hours=4, reason="a witness"
    )
    asked, _ = approvals.ask("officer", wanted, NOW)
    case = asking("supervisor", f"/gateway/approvals/{asked['approval_id']}/x", b'{"reason": "seen and judged"}')
    with pytest.raises(Refusal):
        act(endpoint, case)
    assert [one["status"] for one in approvals.visible("officer", None)] == ["requested"]
    records.full = False
    assert act(endpoint, case).status == 200
    assert [one["status"] for one in approvals.visible("officer", None)] == [ends]
    assert records.kept == [f"approval.{ends}"]


def test_a_context_counts_only_where_it_could_be_recorded(parts, records):
    store = parts.store
    declared = store.declare(user_id="officer", mount="rekor", purpose="other", case_number="25-1", hours=8, now=NOW)
    endpoint, case = SimpleNamespace(declarations=store, acts=records), asking("officer", "/gateway/contexts")
    with pytest.raises(Refusal):
        record_declared(endpoint, case, declared)
    assert store.contexts("officer", NOW + timedelta(hours=1)) == ()
