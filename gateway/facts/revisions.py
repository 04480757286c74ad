"""What a revision is, which stay readable, and the Protocols of the store they are kept in, that SQLite and PostgreSQL fill."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Dialect, Table

KEPT: Final = 5
"""So many newest revisions stay readable whatever their age."""
"""Of so many days the last revision of each stays readable too; older ones are deleted, and remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One import, as remembered. The newest one is in force.

    `revision` names it: day, running number, and 12 digits of `content`, the SHA-256 over the nine files' own; so the
    same files imported again show. `as_of` is what its age runs from; `serial` is the manifest's, None without one;
    `signed`: the manifest's signature was verified. `why` is the reason given for the import or the roll-back. `sha256` is of what
    was built: the SQLite file, or every row in PostgreSQL. `rows` counts each table's. `data` names the revision whose rows these are, where an
    older one was put in force again; None: its own. `seal` is the digest of all this under the installation's own secret.
    """

    number: int
    revision: str
    content: str
    imported_at: datetime
    as_of: datetime
    serial: int | None
    signed: bool
    why: str | None
    sha256: str | None
    rows: Mapping[str, int] = field(hash=False)
    data: str | None = None
    seal: str | None = None

    @property
    def place(self) -> str:
        """The name under which its rows lie."""
        return self.data or self.revision


def list_kept(newest_first: Sequence[Revision], *, keep_days: int) -> list[Revision]:
    """The revisions whose rows stay: the newest few, and each day's last within so many days of the newest."""
    kept = list(newest_first[:KEPT])
    days = {revision.imported_at.date() for revision in kept}
    for revision in newest_first[KEPT:]:
        day = revision.imported_at.date()
        if day not in days and (newest_first[0].imported_at.date() - day).days <= keep_days:
            kept.append(revision)
            days.add(day)
    return kept


def name_revision(imported_at: datetime, number: int, content: str) -> str:
    """The name of a revision: day, running number, and 12 digits of its content's SHA-256."""
    return f"{imported_at:%Y%m%d}-{number:04d}-{content[:12]}"


NONE_YET: Final = "no facts were imported yet: `lpr-gateway facts import DIR`; where there were some, bring back the state that held them"


class Unreadable(Exception):
    """The revision cannot be read: gone, damaged, or the database is away. Carries a sentence of ours, or nothing."""


Seal = Callable[[Revision], Revision]
"""Gives a complete revision its seal."""


class Reader(Protocol):
    """One connection to one revision, used by one thread at a time."""

    revision: Revision

    def read(self, statements: Sequence[str], parameters: Mapping[str, Any]) -> list[list[tuple[Any, ...]]]:
        """The rows of each statement, all from this revision.

        Raises:
            Unreadable: always the same, whatever the driver raised.
        """
        ...

    def close(self) -> None:
        """Gives the connection back."""
        ...


class RevisionBuilder(Protocol):
    """A revision under construction, seen by nobody else."""

    connection: Connection

    def load(self, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
        """Fills a table, in bulk."""
        ...

    def publish(self, revision: Revision, seal: "Seal", *, keep_days: int) -> Revision:
        """Makes it the newest revision, sealed, at once and durably, and deletes those that are not kept."""
        ...

    def reinstate(self, revision: Revision, *, keep_days: int) -> None:
        """As `publish`, for a revision whose rows are there already, under its `place`."""
        ...


class RevisionStore(Protocol):
    """Where revisions are kept. `dialect` is what statements for its readers are compiled with."""

    dialect: Dialect

    def newest(self) -> Revision | None:
        """The revision in force, cheap enough to be asked for each request; None where nothing was imported yet."""
        ...

    def history(self) -> list[Revision]:
        """Every revision ever imported, newest first."""
        ...

    def open(self, revision: Revision) -> Reader:
        """A reader of a revision. Raises `Unreadable`."""
        ...

    def building(self) -> AbstractContextManager[RevisionBuilder]:
        """A new revision to fill; without `publish` nothing remains of it.

        Raises:
            ConfigurationError: another import is running, or the place cannot be written.
        """
        ...

    def digest(self, revision: Revision) -> str:
        """The SHA-256 of a revision's content as it lies there. Reads all of it. Raises `Unreadable`."""
        ...

    def mark(self, revision: Revision) -> Hashable:
        """What changes when the revision's file does; one `stat`. Raises `Unreadable`."""
        ...

    def close(self) -> None:
        """Ends what the store itself keeps open."""
        ...
