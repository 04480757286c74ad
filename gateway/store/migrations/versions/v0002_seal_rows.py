"""A digest in every row, and the SHA-256 of the text that an acceptance is of.

Rows that are there already are taken as they are at this moment: they get their digest now.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from gateway.row_seals import make_seal

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEYS = {
    "keys": ("key_id",),
    "contexts": ("context_id",),
    "acknowledgements": ("user_id", "document", "version"),
    "approvals": ("approval_id",),
    "usage": ("user_id", "hour"),
}


def upgrade() -> None:
    """Adds the columns, and seals what is there."""
    op.add_column("acknowledgements", sa.Column("sha256", sa.Text()))
    for table, key in _KEYS.items():
        op.add_column(table, sa.Column("seal", sa.Text()))
        _seal(op.get_bind(), table, key)


def _seal(connection: Any, table: str, key: tuple[str, ...]) -> None:  # noqa: ANN401 - alembic's connection
    secret: bytes = context.config.attributes["integrity"]
    its = " AND ".join(f"{name} = :{name}" for name in key)
    for row in connection.execute(sa.text(f"SELECT * FROM {table}")).mappings().all():  # noqa: S608 - our own names
        sealed = {name: value for name, value in row.items() if name not in ("number", "seal")}
        values = {name: row[name] for name in key} | {"seal": make_seal(secret, table, sealed)}
        connection.execute(sa.text(f"UPDATE {table} SET seal = :seal WHERE {its}"), values)  # noqa: S608
