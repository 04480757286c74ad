"""Short sequences of searches, as the privacy office writes them beside a detector, and the table `records` of them.

Days count from a Monday at noon, where the agency is.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from gateway.oversight.detectors.case_forms import FindingDays, SearchGroup
from gateway.oversight.detectors.scene import fill
from gateway.reasons import Reason

_MONDAY = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - noon wherever the agency is
_COLUMNS = {
    "decision_id": "VARCHAR", "ts": "TIMESTAMP", "event_type": "VARCHAR", "explain": "BOOLEAN", "opening_decision_id": "VARCHAR",
    "user_id": "VARCHAR", "user_name": "VARCHAR", "office": "VARCHAR", "roles": "VARCHAR[]", "decision": "VARCHAR",
    "deny_reasons": "VARCHAR[]", "reasons_about": "JSON", "purpose_code": "VARCHAR", "case_number": "VARCHAR", "plate_hmac": "VARCHAR",
    "plate_trace": "VARCHAR", "src_ip": "VARCHAR", "key_id": "VARCHAR", "on_behalf_of": "VARCHAR", "reason_hmac": "VARCHAR",
    "reason_traits": "VARCHAR[]", "lookback_days": "DOUBLE", "window_start": "TIMESTAMP", "subject_id": "VARCHAR[]",
    "finding_id": "VARCHAR", "vendor_profile": "VARCHAR", "actor_kind": "VARCHAR",
    "facts_revision": "VARCHAR",
}  # fmt: skip
_NONE, _EACH = "none", "each"
_FAILURES = frozenset(reason.value for reason in Reason if reason.text.is_failure)
"""For these a request is no denial on record, but an error."""


@dataclass(frozen=True, slots=True)
class SearchSequence:
    """The rows of `records`, oldest first."""

    rows: Sequence[tuple[Any, ...]]

    def fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the table `records` of them."""
        columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        connection.execute(f"CREATE OR REPLACE TABLE records ({columns})")
        fill(connection, "records", columns, self.rows)

    def number_of(self, decision_id: str) -> int:
        """Which search of the sequence this was, from 1."""
        return [row[0] for row in self.rows].index(decision_id) + 1


def first_moment(zone: str) -> datetime:
    """The Monday at noon from which days count."""
    return _MONDAY.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def moment(start: datetime, days: float) -> datetime:
    """An instant so many days after, as tables have it."""
    return (start + timedelta(days=days)).replace(tzinfo=None)


def make_sequence(
    groups: Iterable[SearchGroup], findings: Iterable[FindingDays] = (), *, start: datetime
) -> SearchSequence:
    """The searches of all groups in the order of their times, numbered, and then the records of findings."""
    rows = sorted((row for group in groups for row in _search(group, start)), key=lambda row: row[1])
    named = [(f"{number:08d}", *row[1:]) for number, row in enumerate(rows)]
    return SearchSequence([*named, *_acts(findings, start)])


def _acts(findings: Iterable[FindingDays], start: datetime) -> Iterator[tuple[Any, ...]]:
    for number, finding in enumerate(findings):
        for act, day in finding:
            if day is not None:
                told = {"ts": moment(start, day), "event_type": f"finding.{act}", "finding_id": f"F{number}"}
                yield tuple(told.get(name) for name in _COLUMNS)


def _search(group: SearchGroup, start: datetime) -> Iterator[tuple[Any, ...]]:
    for number, day in enumerate(group.moments()):
        told = _describe(group, number) | {
            "ts": moment(start, day),
            "window_start": moment(start, day - _look_back(group, number)),
        }
        yield tuple(told.get(name) for name in _COLUMNS)


def _look_back(group: SearchGroup, number: int) -> float:
    return float(group.lookback[number]) if group.lookback else 30.0


def _describe(group: SearchGroup, number: int) -> dict[str, Any]:
    """One search, without its times; what was not read before it was refused is not known."""
    another = f"{group.user}-{number}"
    plate = another if group.plate == _EACH else group.plate
    hashed = {"plate_hmac": f"h-{plate}", "plate_trace": f"t-{plate}"} if plate != _NONE else {}
    cited = {"purpose_code": group.purpose, "case_number": group.case, "facts_revision": "f1"} if group.read else {}
    return {
        "event_type": "decision",
        "user_id": group.user,
        "office": group.office,
        "roles": [group.role],
        "decision": "allow" if group.tied else "deny" if _FAILURES.isdisjoint(group.reasons) else "error",
        "deny_reasons": group.reasons,
        "reasons_about": json.dumps(group.about) if group.about else None,
        "src_ip": group.ip,
        "key_id": "k1",
        "on_behalf_of": group.on_behalf_of,
        "reason_hmac": another if group.same == _EACH else group.same,
        "reason_traits": group.traits,
        "lookback_days": _look_back(group, number),
        "subject_id": group.subjects,
        "vendor_profile": "flock",
        "actor_kind": group.kind,
        **hashed,
        **{name: value for name, value in cited.items() if value != _NONE},
    }
