"""The record of one decision: everything known of the request at that moment, the plate and written text aside."""

import hashlib
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.clock import format_instant
from gateway.kept_words import tell_plates
from gateway.ledger.records.event import Body, Sensitive
from gateway.ledger.records.person import describe_person, find_claimed
from gateway.model import Acknowledgement, Dossier, EffectiveQuery, Json, Known, Query, Window
from gateway.obligation_types import CITE_APPROVALS
from gateway.plates import SoughtPlate, in_clear
from gateway.value import Value

_DAY = timedelta(days=1)


class Verdict(Value, frozen=True, kw_only=True):
    """How a request was judged: `decision` is allow, deny or error.

    `reasons` are the true codes, `disclosed` those told; `about` is what the agency's own among them are about, where its
    policy says so; `status`, `field` and `note` say how a refusal was answered;
    `obligations` are those of an allow, with their absolute instants.
    """

    decision: str
    reasons: tuple[str, ...] = ()
    disclosed: tuple[str, ...] = ()
    about: Mapping[str, str] = {}
    status: int | None = None
    field: str | None = None
    note: str | None = None
    obligations: tuple[dict[str, Json], ...] = ()


def decision_record(dossier: Dossier, verdict: Verdict) -> tuple[Body, Sensitive]:
    """The body of a `decision` record, and what of it must be sealed.

    Unknown values are left out, but for person, purpose and case, whose absence is what an auditor looks for.
    """
    body = {
        **_request(dossier),
        **describe_person(dossier),
        **_knowledge(dossier.known, dossier),
        **_question(dossier),
        **_describe_decision(dossier),
        **_verdict(verdict),
    }
    known = {name: value for name, value in body.items() if value is not None}
    return {**known, **_describe_target(dossier)}, _sensitive(dossier)


def _verdict(verdict: Verdict) -> Body:
    codes = [str(code) for code in verdict.reasons]
    owed = list(verdict.obligations)
    return {
        "event_type": "decision",
        "decision": verdict.decision,
        "deny_reasons": codes or None,
        "disclosed_reasons": [str(code) for code in verdict.disclosed] or None,
        "reasons_about": dict(verdict.about) or None,
        "deny_field": verdict.field,
        "deny_note": verdict.note,
        "status": verdict.status,
        "obligations": owed or None,
        "rule_ids": [str(item["id"]) for item in owed] + codes or None,
    }


def _describe_target(dossier: Dossier) -> Body:
    declared = dossier.declared
    return {
        "user_id": dossier.identity.user_id if dossier.identity else None,
        "purpose_code": declared.purpose if declared else None,
        "case_number": declared.case_number if declared else None,
    }


def _request(dossier: Dossier) -> Body:
    return {
        "decision_id": dossier.decision_id,
        "request_id": dossier.request.request_id,
        "explain": True if dossier.explain else None,
        "operation": dossier.operation,
        "vendor_operation": dossier.vendor_operation,
        "mount": dossier.mount,
        "vendor_profile": dossier.vendor_profile,
        "vendor_host": dossier.vendor_host,
        "opening_decision_id": dossier.opening.decision_id if dossier.opening else None,
        "src_ip": dossier.request.source_ip,
        "bytes_in": len(dossier.request.body),
        "notes": list(dossier.notes) or None,
    }


def _knowledge(known: Known | None, dossier: Dossier) -> Body:
    if known is None:
        return {}
    trained = [item.completed_on for item in known.training if item.course == "lpr" and item.completed_on is not None]
    rules = max((item for item in known.acknowledgements if _is_rules(item)), key=_accepted_version, default=None)
    return {
        "facts_revision": known.revision,
        "training_completed_at": max(trained).isoformat() if trained else None,
        "rules_of_behavior_version": rules.version if rules else None,
        "rules_of_behavior_accepted_at": format_instant(_accepted_version(rules)) if rules else None,
        "offense_code": known.case.offense_code if known.case else None,
        "lookback_basis": known.case.kind if known.case else None,
        "supervisor_approval_id": _list_cited_approvals(known, dossier) or None,
        "subject_id": _list_counting_subjects(known, dossier) or None,
    }


def _is_rules(item: Acknowledgement) -> bool:
    return item.document == "rules_of_behavior" and item.accepted_at is not None


def _accepted_version(item: Acknowledgement) -> datetime:
    if item.accepted_at is None:
        raise ValueError("an acceptance without its time")
    return item.accepted_at


def _list_cited_approvals(known: Known, dossier: Dossier) -> list[str]:
    """The approvals that the policy says its allow rests on."""
    cited: set[object] = set()
    for obligation in dossier.decision.obligations if dossier.decision else ():
        ids = obligation.params.get("approvals")
        if obligation.type == CITE_APPROVALS and isinstance(ids, list):
            cited.update(ids)
    return sorted(item.approval_id for item in known.approvals if item.approval_id in cited)


def _list_counting_subjects(known: Known, dossier: Dossier) -> list[str]:
    chosen: list[Any] = []
    for obligation in dossier.decision.obligations if dossier.decision else ():
        matches = obligation.params.get("matches")
        if obligation.type == "drop_other_plates" and isinstance(matches, list):
            chosen += matches
    indexes = [item for item in chosen if type(item) is int and 0 <= item < len(known.matches)]
    return sorted({known.matches[index].subject_id for index in indexes})


def _question(dossier: Dossier) -> Body:
    query, effective = _write_query(dossier), dossier.effective
    body: Body = {}
    if dossier.declared is not None:
        declared = dossier.declared
        body = {"purpose_source": declared.purpose_source, "case_source": declared.case_source}
        body["context_id"] = declared.context.context_id if declared.context else None
    if query is not None:
        body |= {"limit": query.limit, **_window(query.window)}
        if query.plate is not None:
            body |= {"plate_state": query.plate.state, "plate_match": query.plate.match}
        if query.geo is not None:
            body["geo"] = {"kind": query.geo.kind, "size_miles": _miles(query.geo.size_miles)}
    if effective is not None:
        body |= {"limit": effective.limit, "effective": _effective(effective), **_window(effective.window)}
    window = effective.window if effective else query.window if query else None
    if window is not None and window.start is not None:
        body["lookback_days"] = math.ceil((dossier.request.time - window.start) / _DAY)
    return body


def _miles(size: float | None) -> float | None:
    return None if size is None else round(size, 3)


def _write_query(dossier: Dossier) -> Query | None:
    """The query that is judged: for a page, the one that opened the search."""
    return dossier.opening.query if dossier.opening else dossier.query


def _window(window: Window | None) -> Body:
    if window is None:
        return {}
    return {
        "window_start": format_instant(window.start) if window.start else None,
        "window_end": format_instant(window.end) if window.end else None,
    }


def _effective(effective: EffectiveQuery) -> Body:
    """The effective query without plate and text: of the remaining fields, text lies only in the sealed query."""
    return {
        **{name: value for name, value in effective.rest.items() if _is_open(value)},
        "operation": effective.operation,
        "plate_state": effective.plate_state,
        "limit": effective.limit,
        **_window(effective.window),
        "sealed_fields": sorted(name for name, value in effective.rest.items() if not _is_open(value)),
    }


def _is_open(value: Json) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _describe_decision(dossier: Dossier) -> Body:
    body: Body = {}
    if dossier.input_text is not None:
        digest = hashlib.sha256(dossier.input_text.encode()).hexdigest()
        body = {"input": dossier.input_text, "input_sha256": digest}
    if dossier.decision is not None:
        decision = dossier.decision
        body |= {"decision_document": decision.document, "policy_revision": decision.policy_revision}
        body |= {"engine": decision.engine, "engine_version": decision.engine_version}
        body["engine_us"] = decision.duration_us
    return body


def _sensitive(dossier: Dossier) -> Sensitive:
    query, effective = _write_query(dossier), dossier.effective
    sealed: dict[str, Json] = {}
    if query is not None:
        sealed["asked"] = _query(query.plate.text if query.plate else None, query)
    if effective is not None:
        sealed["effective"] = _query(effective.plate, effective)
    if dossier.withheld_case is not None:
        sealed["cited_case"] = dossier.withheld_case
    if (claimed := find_claimed(dossier)) is not None and tell_plates(claimed):
        sealed["claimed_user_id"] = claimed
    reason = dossier.declared.reason_text if dossier.declared else query.claims.reason_text if query else None
    words = dossier.declared.written if dossier.declared else query.claims.statement if query else None
    plate = query.plate.text if query and query.plate else effective.plate if effective else None
    return Sensitive(plate=plate, reason_text=reason, words=words, query=sealed or None)


def _query(plate: SoughtPlate | None, query: Query | EffectiveQuery) -> dict[str, Json]:
    return {
        "operation": query.operation,
        "plate": None if plate is None else in_clear(plate),
        "limit": query.limit,
        **_window(query.window),
        "rest": dict(query.rest),
    }
