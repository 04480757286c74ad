"""When an approval was first delivered: what its length is counted from, however often it is delivered again.

An approval may run for so many hours and no more. Counted from now, one made for a year would begin to count in its last
hours; one that is made longer day by day would never end.
"""

from sqlalchemy import Connection, bindparam, select, update

from gateway import clock
from gateway.facts import schema
from gateway.facts.revisions import Revision, RevisionStore, Unreadable

_APPROVALS = schema.APPROVALS
_SEEN = select(_APPROVALS.c.approval_id, _APPROVALS.c.first_seen)
_IDS = select(_APPROVALS.c.approval_id)


def note_first_seen(
    connection: Connection, revision_store: RevisionStore, before: Revision | None, imported_at: str
) -> None:
    """Gives each approval of the revision under construction its first day, from the revision before where it was there."""
    connection.execute(update(_APPROVALS).values(first_seen=imported_at))
    seen = {} if before is None else _read_seen(revision_store, before)
    if seen:
        carried = (
            update(_APPROVALS).where(_APPROVALS.c.approval_id == bindparam("its")).values(first_seen=bindparam("seen"))
        )
        connection.execute(carried, [{"its": approval, "seen": instant} for approval, instant in seen.items()])


def _read_seen(revision_store: RevisionStore, before: Revision) -> dict[str, str]:
    """First days by approval; those of a revision that kept none begin with that revision."""
    try:
        return {approval: str(seen) for approval, seen in _read(revision_store, before, _compile(revision_store))}
    except Unreadable:
        pass
    try:
        began = clock.format_instant(before.imported_at)
        ids = _read(revision_store, before, str(_IDS.compile(dialect=revision_store.dialect)))
        return {approval: began for (approval,) in ids}
    except Unreadable:  # gone, as after a restored catalog: then everything is new
        return {}


def _compile(revision_store: RevisionStore) -> str:
    return str(_SEEN.compile(dialect=revision_store.dialect))


def _read(revision_store: RevisionStore, revision: Revision, statement: str) -> list[tuple[str, ...]]:
    reader = revision_store.open(revision)
    try:
        [rows] = reader.read([statement], {})
    finally:
        reader.close()
    return rows
