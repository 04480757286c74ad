"""What a record of any event says in a line: what it was about."""

from collections.abc import Mapping
from typing import Any

from gateway.auditing.administrative_acts import name_administrative_act
from gateway.auditing.verdicts import tell_oversight

_LISTED = 10
_READINGS = frozenset({"audit.read", "audit.opened"})
_ACTS_OF_POLICY = frozenset({"policy.activated", "policy.rolled_back", "policy.deactivated"})


def name_subject(record: Mapping[str, Any]) -> str | None:
    """What it is about and why, in a line; None of decisions and outcomes, whose own members say it."""
    if record["event_type"] in ("decision", "outcome"):
        return None
    named = _name_act_of_policy(record) or _name_reading(record) or _name_gap(record)
    if named:
        return named
    words = [record.get("what") or _name_thing(record) or name_administrative_act(record), record.get("why")]
    return " - ".join(str(word) for word in words if word) or None


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
    given = ((name.replace("_", " "), value) for name, value in named if value is not None and value is not False)
    wanted = ", ".join(name if value is True else f"{name} {_shorten(value)}" for name, value in given)
    words = [record.get("what"), f"({wanted})" if wanted else None, f"- {record['why']}" if record.get("why") else None]
    return " ".join(str(word) for word in words if word)


def _shorten(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Of a list its first ones and how many more there are: the ids of what was opened at once are hundreds."""
    if not isinstance(value, list) or len(value) <= _LISTED:
        return value
    return f"{value[:_LISTED]} and {len(value) - _LISTED:,} more"


def _name_gap(record: Mapping[str, Any]) -> str | None:
    """What was found while a sink was served, at which sink, and of which records."""
    if record["event_type"] != "export.gap":
        return None
    words = [record.get("found"), "at", record.get("sink")]
    first, last = record.get("first_seq"), record.get("last_seq")
    if first is not None:
        words += [record.get("chain_id"), first, "to", last]
        words += [f"({last - first + 1:,} records)"] if isinstance(last, int) and last > first else []
    words += [f"- {record['fault']}" if record.get("fault") else None]
    return " ".join(str(word) for word in words if word is not None)


def _name_thing(record: Mapping[str, Any]) -> str | None:
    """A finding with its detector, an approval and its scope, a key, a context, whose facts were looked at."""
    told = tell_oversight(record)
    words = [told.get(name) for name in ("detector", "severity")]
    words += [record.get(name) for name in ("finding_id", "approval_id", "scope", "context_id")]
    words += [record.get("new_key_id") or record.get("key_id")] if record["event_type"].startswith("key.") else []
    words += [record.get("kind"), record.get("shown_id")] if record["event_type"] == "facts.shown" else []
    return " ".join(str(word) for word in words if word) or None
