"""The catalog of revisions: one table, the same on every database; its highest number is the revision in force."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Integer, MetaData, Select, Table, Text, select

from gateway import clock
from gateway.facts.revisions import Revision

METADATA: Final = MetaData()
REVISIONS: Final = Table(
    "revisions",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Text, nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("imported_at", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("serial", Integer),
    Column("signed", Boolean, nullable=False),
    Column("why", Text),
    Column("sha256", Text),
    Column("rows", Text, nullable=False),
)
NEWEST_FIRST: Final[Select[Any]] = select(REVISIONS).order_by(REVISIONS.c.number.desc())


def to_row(revision: Revision) -> dict[str, Any]:
    """A revision as the catalog keeps it."""
    return asdict(revision) | {
        "imported_at": clock.format_instant(revision.imported_at),
        "as_of": clock.format_instant(revision.as_of),
        "rows": json.dumps(dict(revision.rows)),
    }


def from_row(row: Sequence[Any]) -> Revision:
    """A revision from a row of `NEWEST_FIRST`."""
    kept = dict(zip(REVISIONS.columns.keys(), row, strict=True))
    kept |= {
        "imported_at": datetime.fromisoformat(kept["imported_at"]),
        "as_of": datetime.fromisoformat(kept["as_of"]),
        "signed": bool(kept["signed"]),
        "rows": json.loads(kept["rows"]),
    }
    return Revision(**kept)
