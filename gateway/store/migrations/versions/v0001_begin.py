"""The first tables: keys, contexts, acknowledgements, approvals, usage."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "keys",
        sa.Column("key_id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text()),
        sa.Column("acts_for", sa.Text(), nullable=False),
        sa.Column("mounts", sa.Text(), nullable=False),
        sa.Column("cidrs", sa.Text(), nullable=False),
    )
    op.create_table(
        "contexts",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("context_id", sa.Text(), nullable=False, unique=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("mount", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
    )
    op.create_index("contexts_by_person", "contexts", ["user_id", "mount"])
    op.create_table(
        "acknowledgements",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), primary_key=True),
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("accepted_at", sa.Text(), nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text()),
        sa.Column("scope", sa.Text()),
        sa.Column("plate", sa.Text()),
        sa.Column("approved_by", sa.Text()),
        sa.Column("expires_at", sa.Text()),
    )
    op.create_index("approvals_by_user", "approvals", ["user_id"])
    op.create_table(
        "usage",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("hour", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("n", sa.Integer(), nullable=False),
    )
