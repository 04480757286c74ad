"""The tables of the store. Migrations make them; a test holds the two together.

Instants are RFC 3339 text in UTC with milliseconds (the same order as in time), lists are JSON text, `hour` counts hours
since 1970, and is the newest of `hours`, which lists hours with their searches. `seal` is the row's digest under the installation's own secret; `sha256` is of the text that was accepted.
"""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

from gateway.row_seals import SEAL

METADATA: Final = MetaData()

KEYS: Final = Table(
    "keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("issued_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
    Column("acts_for", Text, nullable=False),
    Column("mounts", Text, nullable=False),
    Column("cidrs", Text, nullable=False),
    Column(SEAL, Text),
)
CONTEXTS: Final = Table(
    "contexts",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("context_id", Text, nullable=False, unique=True),
    Column("user_id", Text, nullable=False),
    Column("mount", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("case_number", Text, nullable=False),
    Column("declared_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column(SEAL, Text),
    Index("contexts_by_person", "user_id", "mount"),
)
ACKNOWLEDGEMENTS: Final = Table(
    "acknowledgements",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("accepted_at", Text, nullable=False),
    Column("sha256", Text),
    Column(SEAL, Text),
)
APPROVALS: Final = Table(
    "approvals",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("case_number", Text),
    Column("scope", Text),
    Column("plate", Text),
    Column("approved_by", Text),
    Column("expires_at", Text),
    Column(SEAL, Text),
    Index("approvals_by_user", "user_id"),
)
USAGE: Final = Table(
    "usage",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("counter", Text, primary_key=True),
    Column("hour", Integer, nullable=False),
    Column("hours", Text, nullable=False),
    Column(SEAL, Text),
)
