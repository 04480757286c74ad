"""Who gave an approval, and when, stays known once it is revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns; what is empty in them changes no row's digest."""
    for name in ("given_by", "given_at"):
        op.add_column("approval_requests", sa.Column(name, sa.Text()))
