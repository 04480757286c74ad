"""OCSF's Security Control profile: what the gateway decided and did, in its numbers."""

from typing import Any

from gateway.shipping.formats.record import Record
from gateway.shipping.formats.verdicts import SUCCESS, Ending, Word, is_narrowed, read_ending, read_outcome

_EXPLAINED = ((3, "Observed"), (17, "Logged"))
_NARROWED = ((4, "Modified"), (11, "Corrected"))


def control(record: Record) -> dict[str, Any]:
    """Action, disposition, status and policy of a record; only a status for one that tells of no request."""
    succeeded, ending = read_outcome(record) == SUCCESS, read_ending(record)
    members: dict[str, Any] = {"status_id": 1 if succeeded else 2, "status": "Success" if succeeded else "Failure"}
    if ending is None:
        return members | _policy(record)
    action, disposition = _describe_judgement(record, ending)
    members |= {
        "action_id": action[0],
        "action": action[1],
        "disposition_id": disposition[0],
        "disposition": disposition[1],
        "is_alert": ending.is_alert,
    }
    if record.reasons:
        members.update(status_code=record.reasons[0], status_detail=", ".join(record.reasons))
    if isinstance(record.fields.get("decision"), str):
        members["authorizations"] = [{"decision": record.verdict} | _policy(record)]
    return members | _policy(record)


def _describe_judgement(record: Record, ending: Ending) -> tuple[Word, Word]:
    """An allow that narrowed the question is "modified"; a question about a question is only "observed"."""
    if record.fields.get("explain") is True:
        return _EXPLAINED
    if record.verdict == "allow" and is_narrowed(record):
        return _NARROWED
    return ending.action, ending.disposition


def _policy(record: Record) -> dict[str, Any]:
    revision = record.fields.get("policy_revision")
    if not isinstance(revision, str):
        return {}
    return {"policy": {"name": "lpr", "uid": revision, "version": revision, "is_applied": True}}
