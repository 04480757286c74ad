"""What was done to the gateway, in a few words of its record's own members: revisions, counts, periods, keys' ids.

Never a plate, a written reason or a file's name, which whoever made the file chose.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

Fields: TypeAlias = Mapping[str, Any]
Words: TypeAlias = Iterator[str]
_SHORT = 12


def name_administrative_act(record: Fields) -> str | None:
    """The revision, the counts or whatever else an act was about; None of any other, or where its record says none of it."""
    tell = _TOLD.get(record["event_type"])
    return " ".join(tell(record)) or None if tell else None


def _tell_facts(record: Fields) -> Words:
    if record.get("facts_revision"):
        yield f"{record['facts_revision']}:"
    rows = record.get("rows")
    if isinstance(rows, Mapping):
        yield f"{sum(number for number in rows.values() if isinstance(number, int)):,} rows,"
    if record.get("as_of"):
        yield f"as of {record['as_of']}"
    if record.get("restored_revision"):
        yield f"(again {record['restored_revision']})"
    if isinstance(record.get("shrunk"), list):
        yield f"(fewer: {', '.join(map(str, record['shrunk']))})"


def _tell_policy(record: Fields) -> Words:
    """None may be in force where one is loaded; who signed one stands among the roles."""
    yield _shorten(record.get("policy_revision")) or "no policy"
    if record.get("replaces"):
        yield f"in place of {_shorten(record['replaces'])}"
    if record.get("version"):
        yield f"in gateway {record['version']}"


def _shorten(revision: object) -> str:
    return str(revision or "")[:_SHORT]


def _tell_segment(record: Fields) -> Words:
    if record.get("segment"):
        yield f"{record['segment']}: records {record.get('first_seq')} to {record.get('last_seq')}"
    if record.get("retention_days") is not None:
        yield f"(kept {record['retention_days']} days)"


def _tell_cited(record: Fields) -> Words:
    heads, checkpoint = record.get("heads"), record.get("checkpoint")
    if isinstance(heads, Mapping) and heads:
        yield f"beside {', '.join(sorted(heads))}"
    if isinstance(checkpoint, Mapping):
        yield f"after checkpoint {checkpoint.get('number')}"


def _tell_data_key(record: Fields) -> Words:
    if record.get("sealed_key_id"):
        yield str(record["sealed_key_id"])
    if isinstance(record.get("recipients"), list):
        yield f"to {len(record['recipients'])} auditors' keys"


def _tell_due(record: Fields) -> Words:
    if record.get("due_at"):
        yield f"review due {record['due_at']}"


def _tell_expiry(record: Fields) -> Words:
    if record.get("expires_at"):
        yield f"until {record['expires_at']}"


def _tell_document(record: Fields) -> Words:
    yield from (str(record[name]) for name in ("document", "version") if record.get(name))


def _tell_clock(record: Fields) -> Words:
    if record.get("latest_seen"):
        yield f"latest before: {record['latest_seen']}"


def _tell_import(record: Fields) -> Words:
    told = _tell(record)
    yield from (str(told[name]) for name in ("import_id", "vendor") if told.get(name))
    if not told.get("import_id") and told.get("kind"):
        yield str(told["kind"])
    if told.get("rows") is not None:
        yield f"({told['rows']} rows)"


def _tell_reconciled(record: Fields) -> Words:
    told = _tell(record)
    counts = (f"{name} {number}" for name, number in told.items() if type(number) is int and number)
    if listed := ", ".join(counts):
        yield listed


def _tell_sample(record: Fields) -> Words:
    told = _tell(record)
    yield from (str(told[name]) for name in ("name", "decision") if told.get(name))
    yield from _tell_period(told)


def _tell_report(record: Fields) -> Words:
    told = _tell(record)
    period = told.get("period")
    yield from _tell_period(period if isinstance(period, Mapping) else {})
    if told.get("checkpoint") is not None:
        yield f"by checkpoint {told['checkpoint']}"


def _tell_period(told: Fields) -> Words:
    if told.get("since") and told.get("until"):
        yield f"{told['since']} to {told['until']}"


def _tell(record: Fields) -> Fields:
    told = record.get("oversight")
    return told if isinstance(told, Mapping) else {}


_TOLD: Mapping[str, Callable[[Fields], Words]] = {
    "facts.imported": _tell_facts,
    "facts.rolled_back": _tell_facts,
    "policy.signed": _tell_policy,
    "policy.loaded": _tell_policy,
    "gateway.started": _tell_policy,
    "segment.closed": _tell_segment,
    "segment.deleted": _tell_segment,
    "chain.resumed": _tell_cited,
    "seal.opened": _tell_data_key,
    "emergency.opened": _tell_due,
    "emergency.overdue": _tell_due,
    "token.issued": _tell_expiry,
    "acknowledgement.read": _tell_document,
    "acknowledgement.accepted": _tell_document,
    "clock.confirmed": _tell_clock,
    "oversight.imported": _tell_import,
    "oversight.withdrawn": _tell_import,
    "oversight.reconciled": _tell_reconciled,
    "sample.committed": _tell_sample,
    "sample.drawn": _tell_sample,
    "sample.reviewed": _tell_sample,
    "report.published": _tell_report,
}
