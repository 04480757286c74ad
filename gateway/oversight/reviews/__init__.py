"""Findings become reviews: open, assigned, then explained, misuse or referred, by a person who may judge it.

The ledger is the truth: a finding's state is what its records say, oldest first. A reviewer is never the person
concerned, nor of the same office where the detector says so. `findings` reads, `steps` says what may be done next.
"""

from gateway.oversight.reviews.findings import WITHDRAWN, MisuseFinding, read_findings
from gateway.oversight.reviews.steps import OUTCOMES, Reviewer, check_assignment, check_review, due_reminders

__all__ = [
    "OUTCOMES",
    "WITHDRAWN",
    "MisuseFinding",
    "Reviewer",
    "check_assignment",
    "check_review",
    "due_reminders",
    "read_findings",
]
