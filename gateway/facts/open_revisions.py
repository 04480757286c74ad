"""Which revision store a facts URL means, and what is told where none can be read there."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from gateway.errors import ConfigurationError
from gateway.facts.revisions import RevisionStore, Unreadable
from gateway.facts.sqlite_revisions import SqliteRevisionStore


def open_revision_store(url: str) -> RevisionStore:
    """The revision store at `sqlite:///…` or `postgresql+psycopg://…`. Opens nothing yet.

    Raises:
        ConfigurationError: for any other URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(["[facts] url: is not a database URL"]) from None
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return SqliteRevisionStore(Path(str(parsed.database)))
    if parsed.drivername == "postgresql+psycopg":
        from gateway.facts.postgres_revisions import PostgresRevisionStore  # with its driver, which others do without

        return PostgresRevisionStore(parsed)
    raise ConfigurationError(["[facts] url: must be sqlite:///<file> or postgresql+psycopg://…"])


def explain_unreadable(error: Unreadable) -> ConfigurationError:
    """What an operator is told where facts cannot be read: the cause, where it is known."""
    told = (
        str(error)
        or "no facts can be read in what it names: is that the facts' own, and no other's, as of [store] url?"
    )
    return ConfigurationError([f"[facts] url: {told}"])
