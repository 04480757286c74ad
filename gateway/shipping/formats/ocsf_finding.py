"""OCSF's Detection Finding (2004): a pattern that a detector found, and what a person made of it."""

from collections.abc import Mapping
from typing import Any

from gateway.clock import parse_instant
from gateway.shipping.formats.event_types import FINDINGS
from gateway.shipping.formats.ocsf_base import OCSF_VERSION, product
from gateway.shipping.formats.record import Record
from gateway.shipping.formats.weight import weigh

_CLASS, _CATEGORY = 2004, 2
_ACTIVITIES = {"finding.opened": (1, "Create"), "finding.reviewed": (3, "Close")}
_UPDATE = (2, "Update")


def make_finding(record: Record) -> dict[str, Any]:
    """The event, but for the attestation and the embedded record."""
    details, weight = record.detection, weigh(record)
    activity = find_activity(record.event_type)
    status = FINDINGS[record.event_type]
    event: dict[str, Any] = {
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Detection Finding",
        "activity_id": activity[0],
        "activity_name": activity[1],
        "type_uid": _CLASS * 100 + activity[0],
        "type_name": f"Detection Finding: {activity[1]}",
        "severity_id": weight.number,
        "severity": weight.title,
        "status_id": status[0],
        "status": status[1],
        "time": record.milliseconds,
        "metadata": _metadata(record),
        "finding_info": _describe(record, details),
        "is_alert": details.get("severity") == "alert" and record.event_type == "finding.opened",
        "unmapped": {name: value for name, value in details.items() if value is not None} | _persons(record),
    }
    why = record.fields.get("why")
    return event | ({"comment": str(why)} if why else {})


def find_activity(event_type: str) -> tuple[int, str]:
    """What OCSF calls that which happened to the finding, by number and name."""
    return _ACTIVITIES.get(event_type, _UPDATE)


def _describe(record: Record, details: Mapping[str, Any]) -> dict[str, Any]:
    info: dict[str, Any] = {
        "uid": str(record.fields.get("finding_id")),
        "title": str(details.get("title") or record.event_type),
        "analytic": {"type_id": 1, "type": "Rule", "name": str(details.get("detector") or "detector")},
    }
    found = parse_instant(str(details.get("at")))
    return info | ({"created_time": round(found.timestamp() * 1000)} if found else {})


def _persons(record: Record) -> dict[str, Any]:
    names = ("user_id", "office", "operator", "event_type", "event_id")
    return {name: record.fields[name] for name in names if record.fields.get(name) is not None}


def _metadata(record: Record) -> dict[str, Any]:
    return {
        "version": OCSF_VERSION,
        "product": product(record),
        "profiles": ["record_integrity"],
        "uid": record.chain.hash,
        "sequence": record.chain.seq,
        "log_name": record.chain.chain_id,
        "log_version": str(record.fields.get("schema")),
        "event_code": record.event_type,
        "original_event_uid": str(record.fields.get("event_id")),
        "original_time": str(record.fields.get("ts")),
    } | ({"is_truncated": True, "untruncated_size": len(record.raw)} if record.summary else {})
