import json
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.ledger.records.decision import Verdict, decision_record
from gateway.ledger.records.event import admin_record, refusal_record
from gateway.ledger.records.form import form
from gateway.ledger.records.outcome import outcome_record
from gateway.model import (
    Acknowledgement,
    Approval,
    CaseFile,
    Claims,
    Context,
    Decision,
    Declared,
    Dossier,
    EffectiveQuery,
    Geo,
    Identity,
    Key,
    Known,
    Obligation,
    Outcome,
    PageOpening,
    PlateTerm,
    Query,
    RawRequest,
    Subject,
    TargetMatch,
    Training,
    Window,
)
from gateway.reasons import Reason
from gateway.value import replace

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
START = NOW - timedelta(days=30, hours=1)
PLATE = "ABO123"


def key(kind="person"):
    ends = NOW + timedelta(days=9)
    return Key(
        key_id="k1",
        user_id="svc" if kind == "service" else "u17",
        kind=kind,
        secret_hash=b"",
        issued_at=NOW,
        expires_at=ends,
        revoked_at=None,
        acts_for=(),
        mounts=(),
        cidrs=(),
    )


def query(**more):
    values = {
        "vendor": "flock",
        "operation": "plate.search",
        "plate": PlateTerm(text=PLATE, match="exact", fixed_characters=6, state="AR"),
        "window": Window(start=START, end=NOW),
        "limit": 50,
        "geo": None,
        "claims": Claims(reason_text="seen at the depot"),
        "rest": {"network": "Springfield", "sort": "asc", "exact": True},
    }
    return Query(**(values | more))


def effective(**more):
    values = {
        "vendor": "flock",
        "operation": "plate.search",
        "plate": "AB0123",
        "plate_state": "AR",
        "window": Window(start=START + timedelta(days=1), end=NOW),
        "limit": 10,
        "rest": {"network": "Springfield", "exact": True, "within": 2.5},
        "purpose": "criminal_investigation",
        "case_number": "25-001",
        "rules": (),
    }
    return EffectiveQuery(**(values | more))


def match(subject_id):
    return TargetMatch(
        subject_id=subject_id,
        case_number="25-001",
        relation="subject",
        active=True,
        assigned=True,
        plate=PLATE,
        plate_state="AR",
        valid_from=None,
        valid_to=None,
        spelling="same",
    )


def approval(name, *, case="25-001", hours=1):
    return Approval(
        approval_id=name,
        case_number=case,
        scope="partial_plate",
        plate=PLATE,
        approved_by="u2",
        approver_active=True,
        approver_roles=("supervisor",),
        expires_at=NOW + timedelta(hours=hours),
    )


def known():
    return Known(
        revision="f1",
        as_of=NOW,
        subject=Subject(user_id="u17", name="Ana", component="ERO", office="BAL", roles=("officer",), active=True),
        training=(
            Training(course="lpr", version="1", completed_on=date(2025, 1, 1)),
            Training(course="lpr", version="2", completed_on=date(2026, 1, 1)),
            Training(course="other", version="2", completed_on=date(2026, 5, 1)),
        ),
        acknowledgements=(Acknowledgement(document="rules_of_behavior", version="1", accepted_at=NOW),),
        case=CaseFile(
            case_number="25-001",
            kind="criminal",
            status="open",
            opened_on=None,
            closed_on=None,
            offense_code="35A",
            lookback_from=None,
            office="BAL",
            assigned=True,
        ),
        matches=(match("s1"), match("s2"), match("s3")),
        protected=False,
        approvals=(approval("a1"), approval("a2")),
    )


def dossier(**more):
    request = RawRequest(
        request_id="r1",
        time=NOW,
        method="POST",
        target="/reads?plate=" + PLATE,
        headers=(),
        body=b'{"plate":"ABO123"}',
        source_ip="192.0.2.1",
    )
    values = {"decision_id": "d1", "request": request, "mount": "flock", "operation": "plate.search"}
    return Dossier(**(values | more))


def full():
    owed = (
        Obligation(id="target", type="drop_other_plates", params={"matches": [0, 2, 9, "x", True]}),
        Obligation(id="approvals", type="cite_approvals", params={"approvals": ["a1", "nobody-gave-it"]}),
    )
    return dossier(
        vendor_profile="flock",
        vendor_host="api.example.org",
        identity=Identity(user_id="u17", key=key("service"), method="key", on_behalf_of="u17", direct=False),
        query=query(),
        declared=Declared(
            purpose="criminal_investigation",
            purpose_source="header",
            case_number="25-001",
            case_source="vendor_field",
            reason_text="seen at the depot",
            context=None,
        ),
        known=known(),
        input_text='{"schema":"lpr.input.v1"}',
        decision=Decision(
            allow=True,
            reasons=(),
            obligations=owed,
            policy_revision="p1",
            document='{"allow":true}',
            engine="embedded",
            engine_version="1",
            duration_us=90,
        ),
        effective=effective(),
        notes=("forwarded_for_ignored",),
    )


def test_an_allow_says_who_asked_what_why_and_on_what_grounds():
    body, _ = decision_record(full(), Verdict(decision="allow", obligations=({"id": "target", "type": "x"},)))
    assert body == {
        "event_type": "decision",
        "decision": "allow",
        "decision_id": "d1",
        "request_id": "r1",
        "operation": "plate.search",
        "mount": "flock",
        "vendor_profile": "flock",
        "vendor_host": "api.example.org",
        "src_ip": "192.0.2.1",
        "bytes_in": 18,
        "notes": ["forwarded_for_ignored"],
        "user_id": "u17",
        "user_name": "Ana",
        "org": "ERO",
        "office": "BAL",
        "roles": ["officer"],
        "actor_kind": "service",
        "actor_method": "key",
        "on_behalf_of": "svc",
        "key_id": "k1",
        "supervisor_approval_id": ["a1"],
        "training_completed_at": "2026-01-01",
        "rules_of_behavior_version": "1",
        "rules_of_behavior_accepted_at": "2026-11-22T14:00:00.000Z",
        "purpose_code": "criminal_investigation",
        "purpose_source": "header",
        "case_number": "25-001",
        "case_source": "vendor_field",
        "offense_code": "35A",
        "lookback_basis": "criminal",
        "subject_id": ["s1", "s3"],
        "plate_state": "AR",
        "plate_match": "exact",
        "window_start": "2026-10-24T13:00:00.000Z",
        "window_end": "2026-11-22T14:00:00.000Z",
        "lookback_days": 30,
        "limit": 10,
        "input": '{"schema":"lpr.input.v1"}',
        "input_sha256": "fa0e5cbae3ed14b7d2a0b1b2d5ba8d6a6ef2f6d8a4ad5f5c8d0a3f6c4b7f9e11",
        "decision_document": '{"allow":true}',
        "policy_revision": "p1",
        "facts_revision": "f1",
        "engine": "embedded",
        "engine_version": "1",
        "engine_us": 90,
        "obligations": [{"id": "target", "type": "x"}],
        "rule_ids": ["target"],
        "effective": {
            "operation": "plate.search",
            "plate_state": "AR",
            "limit": 10,
            "window_start": "2026-10-24T13:00:00.000Z",
            "window_end": "2026-11-22T14:00:00.000Z",
            "exact": True,
            "within": 2.5,
            "sealed_fields": ["network"],
        },
    } | {"input_sha256": body["input_sha256"]}
    assert len(body["input_sha256"]) == 64


def test_a_record_holds_plate_text_and_query_only_where_they_will_be_sealed():
    body, sensitive = decision_record(full(), Verdict(decision="allow"))
    for secret in (PLATE, "AB0123", "depot", "Springfield"):
        assert secret.encode() not in form(body)
        assert secret not in repr(sensitive)
    assert (sensitive.plate, sensitive.reason_text) == (PLATE, "seen at the depot")
    assert sensitive.query["asked"]["plate"] == PLATE
    assert sensitive.query["effective"]["plate"] == "AB0123"
    assert sensitive.query["effective"]["rest"] == {"network": "Springfield", "exact": True, "within": 2.5}


def test_a_refusal_holds_true_and_told_reasons_and_all_that_was_known_by_then():
    verdict = Verdict(
        decision="deny",
        reasons=(Reason.TARGET_OTHER_CASE,),
        disclosed=(Reason.TARGET_UNKNOWN,),
        status=403,
        field="plate",
        note="fixed words",
    )
    body, _ = decision_record(replace(full(), effective=None), verdict)
    assert body["deny_reasons"] == ["target_other_case"] == body["rule_ids"]
    assert body["disclosed_reasons"] == ["target_unknown"]
    assert (body["status"], body["deny_field"], body["deny_note"]) == (403, "plate", "fixed words")
    assert body["lookback_days"] == 31
    assert "effective" not in body


def test_person_purpose_and_case_are_told_as_unknown_and_nothing_else_is_made_up():
    body, sensitive = decision_record(
        dossier(), Verdict(decision="error", reasons=(Reason.INTERNAL_ERROR,), status=500)
    )
    assert {name for name, value in body.items() if value is None} == {"user_id", "purpose_code", "case_number"}
    assert (sensitive.plate, sensitive.reason_text, sensitive.query) == (None, None, None)
    json.loads(form(body))


def test_a_page_is_recorded_with_the_query_that_opened_the_search():
    opening = PageOpening(
        page_id="p",
        user_id="u17",
        key_id="k1",
        mount="flock",
        decision_id="d0",
        expires_at=NOW,
        query=query(),
        effective=effective(),
        declared=full().declared,
    )
    page = query(operation="plate.page", plate=None, window=None, limit=None)
    body, sensitive = decision_record(replace(full(), query=page, opening=opening), Verdict(decision="allow"))
    assert body["opening_decision_id"] == "d0"
    assert body["plate_match"] == "exact"
    assert sensitive.plate == PLATE


def test_places_contexts_and_explanations_are_told():
    context = Context(
        context_id="c1",
        user_id="u17",
        mount="flock",
        purpose="p",
        case_number="c",
        declared_at=NOW,
        expires_at=NOW,
    )
    case = replace(
        full(),
        explain=True,
        query=query(geo=Geo(kind="radius", size_miles=1.23456)),
        declared=replace(full().declared, context=context),
    )
    body, _ = decision_record(case, Verdict(decision="allow"))
    assert body["explain"] is True
    assert body["geo"] == {"kind": "radius", "size_miles": 1.235}
    assert body["context_id"] == "c1"


@pytest.mark.parametrize(("reason", "told"), [(None, "answered"), (Reason.VENDOR_LATE, "failed")])
def test_an_outcome_stands_alone(reason, told):
    outcome = Outcome(forwarded=True, reason=reason, status=200, result_count=0, dropped={"other_plate": 2})
    body = outcome_record(full(), outcome)
    assert body["outcome"] == told
    assert body.get("reason") == (reason and "vendor_late")
    assert (body["user_id"], body["case_number"], body["purpose_code"]) == ("u17", "25-001", "criminal_investigation")
    assert (body["operation"], body["vendor_profile"], body["decision_id"]) == ("plate.search", "flock", "d1")
    assert body["result_count"] == 0
    assert body["dropped"] == {"other_plate": 2}
    assert "vendor_status" not in body


def test_a_refusal_at_the_edge_and_an_act_of_administration_leave_out_what_is_unknown():
    body = refusal_record(
        request_id="r", reasons=[Reason.CREDENTIAL_MISSING], disclosed=[], status=401, src_ip="192.0.2.1"
    )
    assert body == {
        "event_type": "refusal",
        "request_id": "r",
        "decision": "deny",
        "deny_reasons": ["credential_missing"],
        "disclosed_reasons": [],
        "status": 401,
        "src_ip": "192.0.2.1",
    }
    assert type(body["deny_reasons"][0]) is str
    assert admin_record("key.issued", user_id="u1", nothing=None) == {"event_type": "key.issued", "user_id": "u1"}
