"""What every OCSF event has: its class, activity, severity, time and metadata."""

from typing import Any

from gateway.shipping.formats.event_types import ACTIVITY_NAMES, CREATE, DELETE, READ, UPDATE, kind_of
from gateway.shipping.formats.record import PRODUCT, PRODUCT_VERSION, Record
from gateway.shipping.formats.weight import weigh

OCSF_VERSION = "1.9.0-dev"
_API_ACTIVITY = (6, "Application Activity", 6003, "API Activity")
_ENTITY_MANAGEMENT = (3, "Identity & Access Management", 3004, "Entity Management")
DETECTION_FINDING = (2, "Findings", 2004, "Detection Finding")
_NO_PLACE = {
    _API_ACTIVITY[2]: frozenset({"comment", "entity", "finding_info"}),
    _ENTITY_MANAGEMENT[2]: frozenset({"api", "dst_endpoint", "finding_info", "http_request"}),
    DETECTION_FINDING[2]: frozenset(
        {"actor", "api", "dst_endpoint", "entity", "http_request", "http_response", "policy", "src_endpoint"}
    ),
}
"""Members of the table's paths that a class does not have, or not as we would fill them."""
_ACTIVITY_OF_OPERATION = {
    "context.declare": CREATE,
    "context.withdraw": DELETE,
    "acknowledgement.accept": CREATE,
    "hotlist.add": CREATE,
    "hotlist.renew": UPDATE,
    "hotlist.remove": DELETE,
}


def base(record: Record, *, is_request: bool) -> dict[str, Any]:
    """The members that no event lacks."""
    category, category_name, class_uid, class_name = _API_ACTIVITY if is_request else _ENTITY_MANAGEMENT
    activity = _activity(record, is_request=is_request)
    weight = weigh(record)
    return {
        "category_uid": category,
        "category_name": category_name,
        "class_uid": class_uid,
        "class_name": class_name,
        "activity_id": activity,
        "activity_name": ACTIVITY_NAMES[activity],
        "type_uid": class_uid * 100 + activity,
        "type_name": f"{class_name}: {ACTIVITY_NAMES[activity]}",
        "severity_id": weight.number,
        "severity": weight.title,
        "time": record.milliseconds,
        "metadata": _metadata(record),
    }


def find_place(class_uid: int, path: str | None, field: str) -> str:
    """Where a field goes in an event of this class: to its path, or unmapped where it has none, or the class no place for it."""
    if path is None or path.partition(".")[0] in _NO_PLACE[class_uid]:
        return f"unmapped.{field}"
    return path


def _activity(record: Record, *, is_request: bool) -> int:
    if not is_request:
        return kind_of(record.event_type).activity
    operation = record.fields.get("operation")
    return _ACTIVITY_OF_OPERATION.get(operation, READ) if isinstance(operation, str) else 0


def product(record: Record) -> dict[str, Any]:
    """What made the record, and in which installation where the record says so."""
    made_by = {"name": PRODUCT, "vendor_name": PRODUCT, "version": PRODUCT_VERSION}
    return made_by if record.installation is None else {**made_by, "uid": record.installation}


def _metadata(record: Record) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "version": OCSF_VERSION,
        "product": product(record),
        "profiles": ["security_control", "record_integrity"],
        "uid": record.chain.hash,
        "sequence": record.chain.seq,
        "log_name": record.chain.chain_id,
        "log_version": str(record.fields.get("schema")),
    }
    if record.summary:
        metadata.update(is_truncated=True, untruncated_size=len(record.raw))
    return metadata
