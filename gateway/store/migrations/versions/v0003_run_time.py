"""What people ask for, give and review at run time: recent decisions, requests for approval, emergencies."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DECISIONS = ("mount", "operation", "case_number", "plate_hash", "plate_sealed", "window_start", "window_end", "input")
_REQUESTS = (
    "office mount plate_hash plate_sealed window_start window_end decision_id decided_by decided_at answer_sealed expires_at"
).split()
_EMERGENCIES = "office mount operation statement_sealed plate_sealed reviewed_by reviewed_at review_sealed".split()


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "recent_decisions",
        sa.Column("decision_id", sa.Text(), primary_key=True),
        *_make_required("user_id", "time", "verdict", "reasons", "told"),
        *_make_optional(*_DECISIONS),
    )
    op.create_index("recent_decisions_by_user", "recent_decisions", ["user_id", "time"])
    op.create_table(
        "approval_requests",
        sa.Column("approval_id", sa.Text(), primary_key=True),
        *_make_required("user_id", "case_number", "scope", "reason_sealed", "status", "requested_at"),
        sa.Column("hours", sa.Integer(), nullable=False),
        *_make_optional(*_REQUESTS),
    )
    op.create_index("approval_requests_by_user", "approval_requests", ["user_id", "status"])
    op.create_table(
        "emergencies",
        sa.Column("decision_id", sa.Text(), primary_key=True),
        *_make_required("user_id", "case_number", "at", "due_at", "status"),
        sa.Column("told_overdue", sa.Integer(), nullable=False),
        *_make_optional(*_EMERGENCIES),
    )
    op.create_index("emergencies_by_user", "emergencies", ["user_id", "status"])


def _make_required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _make_optional(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in (*names, "seal")]
