"""What each event type is called in OCSF and ECS: one table, and a row for types it does not name.

`activity` is an OCSF activity of Entity Management (3004); `entity` the kind of thing that was managed. Decisions,
outcomes and refusals are API Activity (6003) instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CREATE, READ, UPDATE, DELETE, ENABLE, DISABLE, ACTIVATE, DEACTIVATE, RESUME, OTHER = 1, 2, 3, 4, 8, 9, 10, 11, 13, 99
ACTIVITY_NAMES: Mapping[int, str] = MappingProxyType(
    {
        0: "Unknown",
        CREATE: "Create",
        READ: "Read",
        UPDATE: "Update",
        DELETE: "Delete",
        ENABLE: "Enable",
        DISABLE: "Disable",
        ACTIVATE: "Activate",
        DEACTIVATE: "Deactivate",
        RESUME: "Resume",
        OTHER: "Other",
    }
)
COUNTED = "refusals.counted"
"""The event type of refusals that were only counted."""
REQUESTS = frozenset({"decision", "outcome", "refusal", COUNTED})
"""The event types that tell of requests; all others tell of what was done to the gateway."""
FINDINGS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "finding.opened": (1, "New"),
        "finding.assigned": (2, "In Progress"),
        "finding.reminded": (2, "In Progress"),
        "finding.escalated": (2, "In Progress"),
        "finding.reviewed": (4, "Resolved"),
        "finding.withdrawn": (4, "Resolved"),
    }
)
"""The event types of findings, each with the state it leads to, as OCSF numbers and names them."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """How SIEMs sort an event type: OCSF activity and entity, ECS category and types."""

    activity: int
    entity: str
    category: str
    types: tuple[str, ...]


_CHANGE = ("change",)
_KINDS: dict[str, EventKind] = {
    "gateway.started": EventKind(ACTIVATE, "gateway", "configuration", ("info",)),
    "gateway.stopped": EventKind(DEACTIVATE, "gateway", "configuration", ("info",)),
    "chain.resumed": EventKind(RESUME, "chain", "configuration", ("info",)),
    "seal.opened": EventKind(CREATE, "seal", "configuration", ("creation",)),
    "facts.shown": EventKind(READ, "facts", "configuration", ("access",)),
    "facts.imported": EventKind(UPDATE, "facts", "configuration", _CHANGE),
    "facts.rolled_back": EventKind(UPDATE, "facts", "configuration", _CHANGE),
    "key.issued": EventKind(CREATE, "key", "iam", ("admin", "creation")),
    "key.revoked": EventKind(DISABLE, "key", "iam", ("admin", "deletion")),
    "policy.activated": EventKind(ENABLE, "policy", "configuration", _CHANGE),
    "policy.rolled_back": EventKind(ENABLE, "policy", "configuration", _CHANGE),
    "policy.deactivated": EventKind(DISABLE, "policy", "configuration", _CHANGE),
    "policy.signed": EventKind(UPDATE, "policy", "configuration", ("info",)),
    "policy.changed": EventKind(UPDATE, "policy", "configuration", _CHANGE),
    "policy.shadow_differed": EventKind(OTHER, "policy", "configuration", ("info",)),
    "policy.loaded": EventKind(ACTIVATE, "policy", "configuration", ("info",)),
    "whoami": EventKind(READ, "person", "iam", ("user", "info")),
    "reviews.listed": EventKind(READ, "finding", "iam", ("user", "info")),
    "context.listed": EventKind(READ, "context", "iam", ("user", "info")),
    "context.declared": EventKind(CREATE, "context", "iam", ("user", "creation")),
    "context.withdrawn": EventKind(DELETE, "context", "iam", ("user", "deletion")),
    "acknowledgement.read": EventKind(READ, "acknowledgement", "iam", ("user", "info")),
    "acknowledgement.accepted": EventKind(CREATE, "acknowledgement", "iam", ("user", "info")),
    "token.issued": EventKind(CREATE, "token", "iam", ("user", "creation")),
    "key.renewed": EventKind(CREATE, "key", "iam", ("user", "creation")),
    "decisions.listed": EventKind(READ, "decision", "iam", ("user", "info")),
    "approval.listed": EventKind(READ, "approval", "iam", ("user", "info")),
    "approval.shown": EventKind(READ, "approval", "iam", ("user", "info")),
    "approval.requested": EventKind(CREATE, "approval", "iam", ("user", "creation")),
    "approval.approved": EventKind(ENABLE, "approval", "iam", ("admin", "change")),
    "approval.denied": EventKind(UPDATE, "approval", "iam", ("admin", "change")),
    "approval.revoked": EventKind(DISABLE, "approval", "iam", ("admin", "change")),
    "emergency.listed": EventKind(READ, "emergency", "iam", ("user", "info")),
    "emergency.not_sent": EventKind(UPDATE, "emergency", "iam", ("info",)),
    "emergency.opened": EventKind(CREATE, "emergency", "iam", ("user", "creation")),
    "emergency.overdue": EventKind(UPDATE, "emergency", "iam", ("info",)),
    "emergency.reviewed": EventKind(UPDATE, "emergency", "iam", ("admin", "change")),
    "audit.read": EventKind(READ, "audit", "configuration", ("access",)),
    "audit.opened": EventKind(READ, "audit", "configuration", ("access",)),
    "segment.closed": EventKind(UPDATE, "segment", "configuration", ("info",)),
    "segment.deleted": EventKind(DELETE, "segment", "configuration", ("deletion",)),
    "epoch.rotated": EventKind(UPDATE, "epoch", "configuration", _CHANGE),
    "epoch.rewrapped": EventKind(UPDATE, "epoch", "configuration", _CHANGE),
    "epoch.shredded": EventKind(DELETE, "epoch", "configuration", ("deletion",)),
    "checkpoint_key.rotated": EventKind(UPDATE, "checkpoint_key", "configuration", _CHANGE),
    "hold.placed": EventKind(CREATE, "hold", "configuration", ("creation",)),
    "clock.confirmed": EventKind(UPDATE, "gateway", "configuration", ("change",)),
    "hold.released": EventKind(DELETE, "hold", "configuration", ("deletion",)),
    "oversight.imported": EventKind(CREATE, "vendor_export", "configuration", ("creation",)),
    "oversight.withdrawn": EventKind(DELETE, "vendor_export", "configuration", ("deletion",)),
    "oversight.reconciled": EventKind(OTHER, "reconciliation", "configuration", ("info",)),
    "detectors.changed": EventKind(UPDATE, "detectors", "configuration", _CHANGE),
    "finding.opened": EventKind(CREATE, "finding", "configuration", ("creation",)),
    "finding.assigned": EventKind(UPDATE, "finding", "configuration", _CHANGE),
    "finding.reminded": EventKind(UPDATE, "finding", "configuration", ("info",)),
    "finding.escalated": EventKind(UPDATE, "finding", "configuration", _CHANGE),
    "finding.reviewed": EventKind(DISABLE, "finding", "configuration", _CHANGE),
    "finding.withdrawn": EventKind(DISABLE, "finding", "configuration", _CHANGE),
    "sample.committed": EventKind(CREATE, "sample", "configuration", ("creation",)),
    "sample.drawn": EventKind(UPDATE, "sample", "configuration", _CHANGE),
    "sample.reviewed": EventKind(UPDATE, "sample", "configuration", _CHANGE),
    "report.published": EventKind(CREATE, "report", "configuration", ("creation",)),
    "export.gap": EventKind(OTHER, "export", "configuration", ("info",)),
}
KINDS: Mapping[str, EventKind] = MappingProxyType(_KINDS)


def kind_of(event_type: str) -> EventKind:
    """The row of an event type. One that the table does not name still gets through: as "other", by its first word."""
    return KINDS.get(event_type) or EventKind(OTHER, event_type.partition(".")[0], "configuration", ("info",))
