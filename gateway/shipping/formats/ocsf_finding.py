"""OCSF's Detection Finding (2004): a pattern that a detector found, and what a person made of it."""

from collections.abc import Mapping
from typing import Any

from gateway.clock import parse_instant
from gateway.shipping.formats.event_types import FINDINGS
from gateway.shipping.formats.mapping import present, put, rows
from gateway.shipping.formats.ocsf_base import DETECTION_FINDING, OCSF_VERSION, find_place, product
from gateway.shipping.formats.record import Record
from gateway.shipping.formats.weight import weigh

_CATEGORY, _CATEGORY_NAME, _CLASS, _CLASS_NAME = DETECTION_FINDING
_ACTIVITIES = {"finding.opened": (1, "Create"), "finding.reviewed": (3, "Close"), "finding.withdrawn": (3, "Close")}
_UPDATE = (2, "Update")
_DETAILS = "oversight"
_UNTITLED = "A finding of a detector"


def make_finding(record: Record) -> dict[str, Any]:
    """The event, but for the attestation and the embedded record."""
    details, weight = record.detection, weigh(record)
    activity = find_activity(record.event_type)
    status = FINDINGS[record.event_type]
    event: dict[str, Any] = {
        "category_uid": _CATEGORY,
        "category_name": _CATEGORY_NAME,
        "class_uid": _CLASS,
        "class_name": _CLASS_NAME,
        "activity_id": activity[0],
        "activity_name": activity[1],
        "type_uid": _CLASS * 100 + activity[0],
        "type_name": f"{_CLASS_NAME}: {activity[1]}",
        "severity_id": weight.number,
        "severity": weight.title,
        "status_id": status[0],
        "status": status[1],
        "time": record.milliseconds,
        "metadata": _metadata(record),
        "finding_info": _describe(record, details),
        "is_alert": details.get("severity") == "alert" and record.event_type == "finding.opened",
        "unmapped": {},
    }
    _put_fields(event, record, details)
    return event


def find_activity(event_type: str) -> tuple[int, str]:
    """What OCSF calls that which happened to the finding, by number and name."""
    return _ACTIVITIES.get(event_type, _UPDATE)


def _put_fields(event: dict[str, Any], record: Record, details: Mapping[str, Any]) -> None:
    """Every field at its place; what the detector says beside those that have none, by its own names."""
    paths = {row.field: row.ocsf for row in rows(record.fields) if row.ocsf}
    for field, value in present(record.fields):
        if field != _DETAILS or not details:
            put(event, find_place(_CLASS, paths.get(field), field), value)
    unmapped = event["unmapped"]
    for name, value in details.items():
        if value is not None:
            put(unmapped, f"{_DETAILS}.{name}" if name in unmapped else name, value)


def _describe(record: Record, details: Mapping[str, Any]) -> dict[str, Any]:
    info: dict[str, Any] = {
        "uid": "unknown",
        "title": record.finding_title or _UNTITLED,
        "analytic": {"type_id": 1, "type": "Rule", "name": str(details.get("detector") or "detector")},
    }
    found = parse_instant(str(details.get("at")))
    return info | ({"created_time": round(found.timestamp() * 1000)} if found else {})


def _metadata(record: Record) -> dict[str, Any]:
    return {
        "version": OCSF_VERSION,
        "product": product(record),
        "profiles": ["record_integrity"],
        "uid": record.chain.hash,
        "sequence": record.chain.seq,
        "log_name": record.chain.chain_id,
        "log_version": str(record.fields.get("schema")),
    } | ({"is_truncated": True, "untruncated_size": len(record.raw)} if record.summary else {})
