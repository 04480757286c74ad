"""What an administrator asks outside any request: the revisions, and what is known of one person, case or plate."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Select, Text, bindparam, select

from gateway import plates
from gateway.errors import ConfigurationError
from gateway.facts import answers
from gateway.facts import schema as s
from gateway.facts.integrity import find_alteration
from gateway.facts.long_approvals import LENGTHS, tell_long
from gateway.facts.open_revisions import explain_unreadable, open_revision_store
from gateway.facts.revisions import NONE_YET, Reader, Revision, RevisionStore, Unreadable, list_kept

_ID: Final = bindparam("id", type_=Text())
_ON_PLATE: Final = select(s.SUBJECT_PLATES.c.subject_id).where(s.SUBJECT_PLATES.c.fold == _ID)
_VIEWS: Final[Mapping[str, tuple[Select[Any], ...]]] = {
    "user": (
        select(s.USERS).where(s.USERS.c.user_id == _ID),
        select(s.TRAINING).where(s.TRAINING.c.user_id == _ID),
        select(s.ACKNOWLEDGEMENTS).where(s.ACKNOWLEDGEMENTS.c.user_id == _ID),
        select(s.CASE_MEMBERS).where(s.CASE_MEMBERS.c.user_id == _ID),
        select(s.APPROVALS).where(s.APPROVALS.c.user_id == _ID),
    ),
    "office": (select(s.USERS).where(s.USERS.c.office == _ID),),
    "case": (
        select(s.CASES).where(s.CASES.c.case_number == _ID),
        select(s.CASE_MEMBERS).where(s.CASE_MEMBERS.c.case_number == _ID),
        select(s.SUBJECTS).where(s.SUBJECTS.c.case_number == _ID),
        select(s.APPROVALS).where(s.APPROVALS.c.case_number == _ID),
    ),
    "plate": (
        select(s.SUBJECT_PLATES).where(s.SUBJECT_PLATES.c.fold == _ID),
        select(s.SUBJECTS).where(s.SUBJECTS.c.subject_id.in_(_ON_PLATE)),
        select(s.PROTECTED_PLATES).where(s.PROTECTED_PLATES.c.fold == _ID),
    ),
}


def revisions(url: str) -> list[Revision]:
    """Every revision ever imported, newest (the one in force) first.

    Raises:
        ConfigurationError: the URL means no place for facts, or the catalog cannot be read.
    """
    revision_store = open_revision_store(url)
    try:
        return revision_store.history()
    except Unreadable as error:
        raise explain_unreadable(error) from None
    finally:
        revision_store.close()


def show(url: str, kind: str, name: str) -> dict[str, list[dict[str, Any]]] | None:
    """What the newest revision holds on a `user`, `office`, `case` or `plate`: table by table, the rows as in the CSV files.

    None where it holds nothing. `row` is the row of the CSV file. Plates are found as a search finds them, by their fold.

    Raises:
        ConfigurationError: no facts, facts that cannot be read, or another kind.
    """
    if kind not in _VIEWS:
        raise ConfigurationError([f"show: must be one of {', '.join(_VIEWS)}"])
    with open_newest(url) as (revision_store, reader):
        found = _view(revision_store, reader, kind, _fold(name) if kind == "plate" else name)
    return found if any(found.values()) else None


def list_users(url: str) -> frozenset[str]:
    """The user ids of everybody whom the newest revision knows.

    Raises:
        ConfigurationError: no facts, or facts that cannot be read.
    """
    with open_newest(url) as (revision_store, reader):
        [rows] = reader.read([str(select(s.USERS.c.user_id).compile(dialect=revision_store.dialect))], {})
    return frozenset(str(row[0]) for row in rows)


def list_components(url: str) -> frozenset[str]:
    """The components of everybody whom the newest revision knows.

    Raises:
        ConfigurationError: no facts, or facts that cannot be read.
    """
    asked = select(s.USERS.c.component).where(s.USERS.c.component.is_not(None)).distinct()
    with open_newest(url) as (revision_store, reader):
        [rows] = reader.read([str(asked.compile(dialect=revision_store.dialect))], {})
    return frozenset(str(row[0]) for row in rows)


def list_names(url: str, *, keep_days: int) -> list[tuple[str, str, str | None]]:
    """Name, user id and office of everybody, as the revision in force and those that are kept of earlier ones know them.

    The newest first; nobody where no facts were imported yet.

    Raises:
        ConfigurationError: the URL means no place for facts, or the revision in force cannot be read.
    """
    revision_store = open_revision_store(url)
    named: dict[tuple[str, str, str | None], None] = {}
    try:
        history = revision_store.history()
        for revision in list_kept(history, keep_days=keep_days) if history else ():
            try:
                named |= dict.fromkeys(_read_names(revision_store, revision))
            except Unreadable:
                if revision is history[0]:
                    raise
    except Unreadable as error:
        raise explain_unreadable(error) from None
    finally:
        revision_store.close()
    return [*named]


def _read_names(revision_store: RevisionStore, revision: Revision) -> list[tuple[str, str, str | None]]:
    asked = select(s.USERS.c.name, s.USERS.c.user_id, s.USERS.c.office).order_by(s.USERS.c.row)
    with closing(revision_store.open(revision)) as reader:
        [rows] = reader.read([str(asked.compile(dialect=revision_store.dialect))], {})
    return [(str(name or ""), str(user_id), office) for name, user_id, office in rows]


def examine(url: str, integrity: bytes) -> list[str]:
    """What is wrong with the revision in force: a sentence each; empty where nothing is, or nothing was imported yet.

    Raises:
        ConfigurationError: the URL means no place for facts, or the catalog cannot be read.
    """
    revision_store = open_revision_store(url)
    try:
        newest = revision_store.newest()
        trouble = None if newest is None else find_alteration(revision_store, newest, integrity)
    except Unreadable as error:
        raise explain_unreadable(error) from None
    finally:
        revision_store.close()
    return [] if trouble is None else [trouble]


def find_long_approvals(url: str, longest_hours: float, now: datetime) -> list[str]:
    """A sentence on the approvals in force that run longer than so many hours; none where there are none, or no facts.

    Raises:
        ConfigurationError: the facts cannot be read.
    """
    if not revisions(url):
        return []
    with open_newest(url) as (revision_store, reader):
        [rows] = reader.read([str(LENGTHS.compile(dialect=revision_store.dialect))], {})
    return tell_long(rows, longest_hours, now)


@contextmanager
def open_newest(url: str) -> Iterator[tuple[RevisionStore, Reader]]:
    """The revisions, and a reader of the newest, for as long as it is asked.

    Raises:
        ConfigurationError: no facts, or facts that cannot be read.
    """
    revision_store = open_revision_store(url)
    try:
        newest = revision_store.newest()
        if newest is None:
            raise ConfigurationError([NONE_YET])
        with closing(revision_store.open(newest)) as reader:
            yield revision_store, reader
    except Unreadable as error:
        raise explain_unreadable(error) from None
    finally:
        revision_store.close()


def _fold(typed: str) -> str:
    return plates.in_clear(plates.fold(plates.normalize(plates.TypedPlate(typed))))


def _view(revision_store: RevisionStore, reader: Reader, kind: str, name: str) -> dict[str, list[dict[str, Any]]]:
    statements = _VIEWS[kind]
    texts = [str(statement.compile(dialect=revision_store.dialect)) for statement in statements]
    found = {}
    for statement, rows in zip(statements, reader.read(texts, {"id": name}), strict=True):
        columns = list(statement.selected_columns)
        truths = {column.name for column in columns if isinstance(column.type, Boolean)}
        named = [dict(zip((column.name for column in columns), row, strict=True)) for row in rows]
        table = statement.get_final_froms()[0].description
        found[table] = [
            {key: answers.flag(value) if key in truths else value for key, value in row.items()} for row in named
        ]
    return found
