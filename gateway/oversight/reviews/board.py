"""The board of findings: what the last look at the ledger gave, in a file that every worker can read in a moment.

It is a copy and no truth: who writes to it has read the ledger, and it can be deleted at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import parse_instant
from gateway.oversight.reviews.findings import MisuseFinding
from gateway.oversight.reviews.steps import OUTCOMES

_PRIVATE = 0o700


@dataclass(slots=True)
class FindingBoard:
    """The board in a folder; `reviewer_roles` may judge, `told_days` is how far back a person is told of reviews."""

    folder: Path
    reviewer_roles: tuple[str, ...]
    told_days: int
    _read: tuple[int, list[dict[str, Any]]] = field(default=(0, []), repr=False)

    def write(self, findings: Sequence[MisuseFinding]) -> None:
        """Put these findings on the board, instead of those there."""
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        draft = self.folder / "findings.draft"
        draft.touch(mode=0o600)
        draft.write_bytes(
            orjson.dumps([finding.describe() | {"another_office": finding.another_office} for finding in findings])
        )
        draft.replace(self.folder / "findings.json")

    def findings(self) -> list[dict[str, Any]]:
        """What is on the board."""
        path = self.folder / "findings.json"
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if changed != self._read[0]:
            self._read = (changed, orjson.loads(path.read_bytes()))
        return self._read[1]

    def count_reviewed(self, user_id: str, now: datetime) -> int:
        """How many of a person's searches were looked at by a reviewer lately."""
        since = now - timedelta(days=self.told_days)
        mine = [item for item in self.findings() if item["user_id"] == user_id and item["status"] in OUTCOMES]
        recent = [item for item in mine if (at := parse_instant(item["opened_at"])) is not None and at >= since]
        return len({search for item in recent for search in item["decision_ids"]})
