"""Searches are counted for services, offices and vendors too, by counters that each have rows of their own.

What was counted for people in the last day goes on to count, as if one counter had counted it.
"""

from collections import defaultdict
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import context, op

from gateway.row_seals import make_seal

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTER = "before"


def upgrade() -> None:
    """Makes the table anew."""
    counted = _read_counted(op.get_bind())
    op.drop_table("usage")
    usage = op.create_table(
        "usage",
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("counter", sa.Text(), primary_key=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text()),
    )
    op.bulk_insert(usage, [_row(user_id, hours) for user_id, hours in counted.items()])


def _read_counted(connection: Any) -> dict[str, list[tuple[int, int]]]:  # noqa: ANN401 - alembic's connection
    counted: dict[str, list[tuple[int, int]]] = defaultdict(list)
    newest = connection.execute(sa.text("SELECT max(hour) FROM usage")).scalar() or 0
    asked = {"since": newest - 24}
    rows = connection.execute(sa.text("SELECT user_id, hour, n FROM usage WHERE hour >= :since ORDER BY hour"), asked)
    for user_id, hour, n in rows:
        counted[user_id].append((hour, n))
    return counted


def _row(user_id: str, hours: list[tuple[int, int]]) -> dict[str, Any]:
    secret: bytes = context.config.attributes["integrity"]
    row = {
        "account": f"person:{user_id}",
        "counter": _COUNTER,
        "hour": hours[-1][0],
        "hours": orjson.dumps(hours).decode(),
    }
    return row | {"seal": make_seal(secret, "usage", row)}
