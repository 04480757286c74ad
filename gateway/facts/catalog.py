"""The catalog of revisions: one table, the same on every database; its highest number is the revision in force."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Integer, MetaData, Select, Table, Text, literal_column, select

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
    Column("data", Text),
    Column("seal", Text),
)
NEWEST_FIRST: Final[Select[Any]] = (
    select(literal_column("*")).select_from(REVISIONS).order_by(REVISIONS.c.number.desc())
)
"""Every column there is: a catalog of an earlier version has not all of them."""


def to_row(revision: Revision) -> dict[str, Any]:
    """A revision as the catalog keeps it."""
    return asdict(revision) | {
        "imported_at": clock.format_instant(revision.imported_at),
        "as_of": clock.format_instant(revision.as_of),
        "rows": json.dumps(dict(revision.rows)),
    }


def from_row(row: Mapping[str, Any]) -> Revision:
    """A revision from a row of `NEWEST_FIRST`, by the names of its columns."""
    kept = dict(row) | {
        "imported_at": datetime.fromisoformat(row["imported_at"]),
        "as_of": datetime.fromisoformat(row["as_of"]),
        "signed": bool(row["signed"]),
        "rows": json.loads(row["rows"]),
    }
    return Revision(**kept)
