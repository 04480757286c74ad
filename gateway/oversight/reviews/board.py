"""The board of findings: what the last look at the ledger gave, in a file that every worker can read in a moment.

It is a copy and no truth: who writes to it has read the ledger, and it can be deleted at any time.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from gateway.clock import format_instant, parse_instant
from gateway.errors import ConfigurationError
from gateway.model import Subject
from gateway.oversight.reviews.findings import MisuseFinding, restore
from gateway.oversight.reviews.reviewed import ReviewedSearch
from gateway.oversight.reviews.steps import Reviewer, check_assignment

_PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """What the table `agency` says of reviews: which roles may judge, how far back a person is told of them."""

    reviewer_roles: tuple[str, ...] = ()
    told_days: int = 0


@dataclass(slots=True)
class FindingBoard:
    """The board in a folder; `rules` are asked each time, since the privacy office changes them while workers serve."""

    folder: Path
    rules: Callable[[], ReviewRules]
    _read: dict[str, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict, repr=False)

    @property
    def reviewer_roles(self) -> tuple[str, ...]:
        """The roles that may judge."""
        return self.rules().reviewer_roles

    @property
    def told_days(self) -> int:
        """How far back a person is told of reviews."""
        return self.rules().told_days

    def write(self, findings: Sequence[MisuseFinding], reviewed: Sequence[ReviewedSearch]) -> None:
        """Put these findings on the board, and the searches that were looked at, instead of those there."""
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self._replace("reviewed", [{"user_id": one.user_id, "at": format_instant(one.at)} for one in reviewed])
        self._replace("findings", [finding.describe() for finding in findings])

    def _replace(self, name: str, content: Sequence[Mapping[str, Any]]) -> None:
        draft = self.folder / f"{name}.{os.getpid()}.{threading.get_ident()}.draft"
        draft.touch(mode=0o600)
        draft.write_bytes(orjson.dumps(content))
        draft.replace(self.folder / f"{name}.json")

    def findings(self) -> list[dict[str, Any]]:
        """What is on the board."""
        return self._load("findings")

    def _load(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / f"{name}.json"
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if changed != self._read.get(name, (0, []))[0]:
            self._read[name] = (changed, orjson.loads(path.read_bytes()))
        return self._read[name][1]

    def why_not(self, finding_id: str, judge: Subject) -> tuple[str, ...]:
        """Every reason why this person may not judge this finding; () where they may."""
        [finding] = [restore(item) for item in self.findings() if item["finding_id"] == finding_id]
        reviewer = Reviewer(user_id=judge.user_id, office=judge.office, roles=judge.roles, active=judge.active is True)
        try:
            check_assignment(finding, reviewer, self.reviewer_roles)
        except ConfigurationError as mistake:
            return tuple(mistake.problems)
        return ()

    def follow(self, finding_id: str, *, status: str, reviewer: str, why: str | None = None) -> None:
        """Show what was just recorded, without waiting for the next look at the ledger."""
        changed = {"status": status, "reviewer": reviewer, "why": why}
        self._replace(
            "findings", [item | changed if item["finding_id"] == finding_id else item for item in self.findings()]
        )

    def count_reviewed(self, user_id: str, now: datetime) -> int:
        """How many of a person's searches were looked at by a reviewer lately."""
        since = now - timedelta(days=self.told_days)
        mine = (parse_instant(item["at"]) for item in self._load("reviewed") if item["user_id"] == user_id)
        return sum(at is not None and at >= since for at in mine)
