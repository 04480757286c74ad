"""Which reviews of a person's emergency searches were late at an instant: by the record, since a decision's input has their number alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.ledger import read_records

_OPENED = "emergency.opened"
_ENDED = frozenset({"emergency.reviewed", "emergency.not_sent"})
_WANTED = b'"event_type":"emergency.'


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReview:
    """The emergency search, by its decision, and when its review was due."""

    decision_id: str
    due_at: str


def find_late_reviews(directory: Path, user_id: str, at: str) -> tuple[LateReview, ...]:
    """Those of this person that were due by this instant and had not ended then, the oldest first; instants are all written alike."""
    due, ended = dict[str, str](), set[str]()
    for record in _read_emergencies(directory):
        if str(record["ts"]) > at:
            continue
        if record["event_type"] in _ENDED:
            ended.add(str(record["decision_id"]))
        elif record["event_type"] == _OPENED and record.get("user_id") == user_id and str(record["due_at"]) <= at:
            due[str(record["decision_id"])] = str(record["due_at"])
    late = (LateReview(decision_id=one, due_at=until) for one, until in due.items() if one not in ended)
    return tuple(sorted(late, key=lambda one: one.due_at))


def _read_emergencies(directory: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line.raw) for line in read_records(directory) if _WANTED in line.raw)
