"""The tables of what people ask for, give and review at run time. Instants are text, as in `schema`.

Plates and written text lie in them only sealed (`…_sealed`) or as keyed hashes (`…_hash`).
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from gateway.row_seals import SEAL
from gateway.store.schema import METADATA

DECISIONS: Final = Table(
    "recent_decisions",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("time", Text, nullable=False),
    Column("mount", Text),
    Column("operation", Text),
    Column("verdict", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("case_number", Text),
    Column("plate_hash", Text),
    Column("plate_sealed", Text),
    Column("window_start", Text),
    Column("window_end", Text),
    Column("input", Text),
    Column(SEAL, Text),
    Index("recent_decisions_by_user", "user_id", "time"),
)
TOGETHER: Final = "+"
"""Stands between the scopes of an approval that was given for two."""
REQUESTS: Final = Table(
    "approval_requests",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("office", Text),
    Column("mount", Text),
    Column("case_number", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("plate_hash", Text),
    Column("plate_sealed", Text),
    Column("window_start", Text),
    Column("window_end", Text),
    Column("decision_id", Text),
    Column("hours", Integer, nullable=False),
    Column("reason_sealed", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("requested_at", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Text),
    Column("answer_sealed", Text),
    Column("expires_at", Text),
    Column("given_by", Text),
    Column("given_at", Text),
    Column(SEAL, Text),
    Index("approval_requests_by_user", "user_id", "status"),
)
EMERGENCIES: Final = Table(
    "emergencies",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("office", Text),
    Column("case_number", Text, nullable=False),
    Column("mount", Text),
    Column("operation", Text),
    Column("statement_sealed", Text),
    Column("plate_sealed", Text),
    Column("at", Text, nullable=False),
    Column("due_at", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reviewed_by", Text),
    Column("reviewed_at", Text),
    Column("review_sealed", Text),
    Column("told_overdue", Integer, nullable=False),
    Column(SEAL, Text),
    Index("emergencies_by_user", "user_id", "status"),
)
