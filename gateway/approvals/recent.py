"""A person's own last decisions, as they were told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.approvals.told import read_beside, read_told
from gateway.clock import format_instant
from gateway.store.runtime_rows import DECISIONS, Row, find, forget
from gateway.store.store import Store

_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentDecisions:
    """What the store remembers of the last week; the ledger has everything."""

    store: Store

    def decisions(self, user_id: str, limit: int) -> list[Row]:
        """The newest first: `told` are the reasons; `explain` stands where it was a question alone, `service` where one asked.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        rows = find(self.store, DECISIONS, DECISIONS.c.user_id == user_id, newest_by="time", limit=limit)
        names = ("decision_id", "time", "operation", "mount", "case_number", "verdict")
        return [{name: row[name] for name in names} | _tell(row["told"]) for row in rows]

    def forget_old(self, now: datetime) -> None:
        """Drop what is older than a week, and counts of searches that no ceiling asks for any more.

        Raises:
            Refusal: STORE_UNAVAILABLE.
        """
        forget(self.store, DECISIONS, DECISIONS.c.time < format_instant(now - _KEPT))
        self.store.forget_usage(now)


def _tell(text: str) -> Row:
    explain, reasons = read_told(text)
    service = read_beside(text, "service")
    told = {"told": reasons, "purpose": read_beside(text, "purpose")}
    return told | ({"explain": True} if explain else {}) | ({"service": service} if service else {})
