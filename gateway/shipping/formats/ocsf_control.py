"""OCSF's Security Control profile: what the gateway decided and did, in its numbers."""

from typing import Any

from gateway.shipping.formats.native import json_object
from gateway.shipping.formats.record import Record

_ALLOWED, _DENIED, _OBSERVED, _MODIFIED = (1, "Allowed"), (2, "Denied"), (3, "Observed"), (4, "Modified")
_VERDICTS = {
    "allow": (_ALLOWED, (1, "Allowed")),
    "answered": (_ALLOWED, (1, "Allowed")),
    "deny": (_DENIED, (2, "Blocked")),
    "error": (_DENIED, (27, "Error")),
    "failed": (_DENIED, (27, "Error")),
    "interrupted": ((0, "Unknown"), (27, "Error")),
}
_EXPLAINED = (_OBSERVED, (17, "Logged"))
_NARROWED = (_MODIFIED, (11, "Corrected"))
_ALERTS = ("error", "failed", "interrupted")


def control(record: Record) -> dict[str, Any]:
    """Action, disposition, status and policy of a record; only a status for one that tells of no decision."""
    verdict = record.verdict
    if verdict not in _VERDICTS:
        return {"status_id": 1, "status": "Success"} | _policy(record)
    action, disposition = _describe_judgement(record, verdict)
    succeeded = verdict in ("allow", "answered")
    members: dict[str, Any] = {
        "action_id": action[0],
        "action": action[1],
        "disposition_id": disposition[0],
        "disposition": disposition[1],
        "is_alert": verdict in _ALERTS,
        "status_id": 1 if succeeded else 2,
        "status": "Success" if succeeded else "Failure",
    }
    if record.reasons:
        members.update(status_code=record.reasons[0], status_detail=", ".join(record.reasons))
    if "decision" in record.fields:
        members["authorizations"] = [{"decision": verdict} | _policy(record)]
    return members | _policy(record)


def _describe_judgement(record: Record, verdict: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """An allow that narrowed the question is "modified"; a question about a question is only "observed"."""
    if record.fields.get("explain") is True:
        return _EXPLAINED
    if verdict == "allow" and _describe_narrowing(record):
        return _NARROWED
    return _VERDICTS[verdict]


def _describe_narrowing(record: Record) -> bool:
    """Whether less was asked of the vendor than of the gateway; what was asked stands in what the engine read."""
    effective = record.fields.get("effective")
    asked = json_object(str(record.fields.get("input")).encode())
    query = asked.get("query") if asked else None
    if not isinstance(effective, dict) or not isinstance(query, dict):
        return False
    window = query.get("window")
    start, end = (window.get("start"), window.get("end")) if isinstance(window, dict) else (None, None)
    pairs = (("window_start", start), ("window_end", end), ("limit", query.get("limit")))
    return any(name in effective and effective[name] != value for name, value in pairs)


def _policy(record: Record) -> dict[str, Any]:
    revision = record.fields.get("policy_revision")
    if not isinstance(revision, str):
        return {}
    return {"policy": {"name": "lpr", "uid": revision, "version": revision, "is_applied": True}}
