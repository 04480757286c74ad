"""What a person does while nothing can be recorded has not been done."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway.approvals import ApprovalRules, Approvals, Wanted
from gateway.endpoints.acknowledgements import accept
from gateway.endpoints.approvals import ask_approval, deny_approval, revoke_approval
from gateway.endpoints.contexts import record_declared
from gateway.errors import Refusal
from gateway.model import Dossier, ProvenUser
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


def test_an_approval_is_asked_for_only_where_that_could_be_recorded(parts, records, monkeypatch):
    told = []
    monkeypatch.setattr(parts.notices, "tell", told.append)
    approvals = Approvals(parts, lambda: ApprovalRules(max_hours=72, other_office=False))
    case_file = SimpleNamespace(
        look_up=lambda _question: SimpleNamespace(
            case=SimpleNamespace(assigned=True, status="open"), subject=SimpleNamespace(active=True)
        )
    )
    ports = SimpleNamespace(fixed_characters=lambda: 4, facts=case_file)
    endpoint = SimpleNamespace(approvals=approvals, acts=records, ports=ports, tables=lambda: {"approvals": {}})
    body = b'{"case_number": "25-1", "scope": "partial_plate", "plate": "FNA5*", "hours": 4, "reason": "a witness"}'
    case = asking("officer", "/gateway/approvals", body)
    with pytest.raises(Refusal):
        ask_approval(endpoint, case)
    assert (approvals.visible("officer", None), told) == ([], [])
    records.full = False
    assert ask_approval(endpoint, case).status == 201
    assert [one["status"] for one in approvals.visible("officer", None)] == ["requested"]
    assert [notice.event for notice in told] == ["approval.requested"]
    assert records.kept == ["approval.requested"]


def test_an_acceptance_of_the_rules_counts_only_where_it_could_be_recorded(parts, records):
    rules = SimpleNamespace(document="rules_of_behavior", version="1", sha256="a" * 64, since=NOW.date())
    ports = SimpleNamespace(rules=lambda: rules)
    endpoint = SimpleNamespace(declarations=parts.store, acts=records, ports=ports)
    case = asking("officer", "/gateway/acknowledgements", b'{"document": "rules_of_behavior", "version": "1"}')
    with pytest.raises(Refusal):
        accept(endpoint, case)
    assert parts.store.own(ProvenUser("officer"), "flock", NOW).acknowledgements == ()
    records.full = False
    assert accept(endpoint, case).status == 201
    [kept] = parts.store.own(ProvenUser("officer"), "flock", NOW).acknowledgements
    assert (kept.version, kept.accepted_at) == ("1", NOW)
