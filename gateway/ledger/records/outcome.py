"""The record of how an allowed request ended: told by the journey, or found out afterwards."""

from gateway.ledger.records.event import Body, admin_record
from gateway.model import Dossier, Outcome
from gateway.reasons import Reason

_REPEATED = ("decision_id", "request_id", "user_id", "case_number", "purpose_code", "operation", "vendor_profile")


def outcome_record(dossier: Dossier, outcome: Outcome) -> Body:
    """The body of an `outcome` record. It repeats person, case, purpose and operation, so that it can be read alone."""
    declared = dossier.declared
    body = {
        "event_type": "outcome",
        "decision_id": dossier.decision_id,
        "request_id": dossier.request.request_id,
        "outcome": "answered" if outcome.reason is None else "failed",
        "reason": outcome.reason if outcome.reason is None else str(outcome.reason),
        "forwarded": outcome.forwarded,
        "status": outcome.status,
        "vendor_status": outcome.vendor_status,
        "vendor_request_id": outcome.vendor_request_id,
        "result_count": outcome.result_count,
        "dropped": dict(outcome.dropped),
        "withheld": outcome.withheld,
        "bytes_from_vendor": outcome.bytes_from_vendor,
        "bytes_out": outcome.bytes_out,
        "vendor_ms": outcome.vendor_ms,
        "duration_ms": outcome.duration_ms,
        "operation": dossier.operation,
        "vendor_profile": dossier.vendor_profile,
        "user_id": dossier.identity.user_id if dossier.identity else None,
        "case_number": declared.case_number if declared else None,
        "purpose_code": declared.purpose if declared else None,
    }
    return {name: value for name, value in body.items() if value is not None}


def needs_outcome(record: Body) -> bool:
    """Whether this record is a decision that let a query go to a vendor, so that an outcome must follow."""
    return record.get("decision") == "allow" and "effective" in record and not record.get("explain")


def make_interrupted_outcome(decision: Body) -> Body:
    """The outcome of an allow that a crash left without one; whether the vendor was asked is not known."""
    return admin_record("outcome", outcome="interrupted", **{name: decision.get(name) for name in _REPEATED})


def not_acted_on(body: Body) -> Body | None:
    """The outcome to add where a decision or outcome became durable after its caller was refused; None for others.

    After a late decision nothing was sent; after a late outcome the caller got no answer.
    """
    if body["event_type"] != "outcome" and not needs_outcome(body):
        return None
    told = {name: body.get(name) for name in _REPEATED} | {"forwarded": body.get("forwarded", False)}
    return admin_record("outcome", outcome="failed", reason=Reason.AUDIT_UNAVAILABLE.value, **told)
