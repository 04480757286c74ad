"""The record of how an allowed request ended."""

from gateway.audit.event import Body
from gateway.model import Dossier, Outcome


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
