"""What a record of any event says in a word or a line: how it ended, and what it was about."""

from collections.abc import Mapping
from typing import Any

_READINGS = frozenset({"audit.read", "audit.opened"})
_ACTS_OF_POLICY = frozenset({"policy.activated", "policy.rolled_back", "policy.deactivated"})


def name_verdict(record: Mapping[str, Any]) -> str | None:
    """Allow or deny, the outcome of an answer or a review; None where it has none."""
    return record.get("decision") or record.get("outcome") or _told(record).get("outcome")


def name_subject(record: Mapping[str, Any]) -> str | None:
    """What it is about, in a line; None of decisions and outcomes, whose own members say it."""
    if record["event_type"] in ("decision", "outcome"):
        return None
    return _name_act_of_policy(record) or _name_reading(record) or record.get("what") or _name_thing(record)


def _name_act_of_policy(record: Mapping[str, Any]) -> str | None:
    """Which policy an act put in force, and why; older records say from when on, and no more of it in a line."""
    if record["event_type"] not in _ACTS_OF_POLICY:
        return None
    begins, revision = record.get("effective_at"), str(record.get("policy_revision") or "")[:12]
    words = [record.get("what") or f"{revision} from {begins}".strip(), record.get("why")]
    return " - ".join(str(word) for word in words if word)


def _name_reading(record: Mapping[str, Any]) -> str | None:
    """What was read of the record, which records were asked for, and why: by this auditors are audited."""
    if record["event_type"] not in _READINGS:
        return None
    asked = record.get("filter")
    named = asked.items() if isinstance(asked, Mapping) else ()
    wanted = ", ".join(name if value is True else f"{name} {value}" for name, value in named)
    words = [record.get("what"), f"({wanted})" if wanted else None, f"- {record['why']}" if record.get("why") else None]
    return " ".join(str(word) for word in words if word)


def _name_thing(record: Mapping[str, Any]) -> str | None:
    """A finding with its detector, what its review found out, an approval and its scope, a key, a context."""
    told = _told(record)
    words = [told.get(name) for name in ("detector", "severity")]
    words += [record.get(name) for name in ("finding_id", "approval_id", "scope", "context_id")]
    words += [record.get("new_key_id") or record.get("key_id")] if record["event_type"].startswith("key.") else []
    words += [f"- {record['why']}"] if told and record.get("why") else []
    return " ".join(str(word) for word in words if word) or None


def _told(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What oversight says of a finding, which is no part of other records."""
    told = record.get("oversight") if record.get("finding_id") else None
    return told if isinstance(told, Mapping) else {}
