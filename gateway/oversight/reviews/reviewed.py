"""Whose searches a person has looked at: in a finding that was judged, or drawn by lot and answered for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.auditing.source import LedgerTable
from gateway.oversight.reviews.findings import MisuseFinding
from gateway.oversight.sampling.record import REVIEWED, read_samples


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedSearch:
    """One search, who made it, and when it was looked at last."""

    decision_id: str
    user_id: str
    at: datetime


def list_reviewed(source: LedgerTable, findings: Sequence[MisuseFinding]) -> list[ReviewedSearch]:
    """Every search that was looked at, once each, under the person who made it, whoever else is in the same pattern."""
    looked: dict[str, datetime] = {}
    for finding in findings:
        if finding.is_closed and finding.reviewed_at is not None:
            looked |= {
                name: max(finding.reviewed_at, looked.get(name, finding.reviewed_at)) for name in finding.decision_ids
            }
    for sample in read_samples(source, REVIEWED):
        name = str(sample.told["decision"])
        looked[name] = max(sample.at, looked.get(name, sample.at))
    asked = (
        "SELECT decision_id, user_id FROM records WHERE event_type = 'decision' AND user_id IS NOT NULL "
        "AND list_contains(?, decision_id)"
    )
    made = source.ask(asked, [sorted(looked)]) if looked else []
    return [ReviewedSearch(decision_id=name, user_id=person, at=looked[name]) for name, person in made]
