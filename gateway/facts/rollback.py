"""Going back: an earlier revision's facts in force again, as a new revision that says so. Nothing is rewritten."""

from collections.abc import Sequence
from datetime import datetime

from gateway.errors import ConfigurationError
from gateway.facts.integrity import find_alteration, seal_revision
from gateway.facts.open_revisions import open_revision_store
from gateway.facts.revisions import NONE_YET, Revision, Unreadable, list_kept, name_revision
from gateway.value import replace


def roll_back(url: str, revision: str | None, *, now: datetime, why: str, integrity: bytes, keep_days: int) -> Revision:
    """Puts the facts of a kept revision in force again; without a name those before the present ones.

    Their age goes on running from when they were delivered.

    Raises:
        ConfigurationError: no reason, no such revision, or one whose rows are gone or were altered.
    """
    if not why.strip():
        raise ConfigurationError(["--why: say why; the reason is kept with the revision"])
    revision_store = open_revision_store(url)
    try:
        with revision_store.building() as builder:
            history = revision_store.history()
            chosen = _choose(history, revision, keep_days)
            if trouble := find_alteration(revision_store, chosen, integrity):
                raise ConfigurationError([trouble])
            number = history[0].number + 1
            restored = seal_revision(
                replace(
                    chosen,
                    number=number,
                    revision=name_revision(now, number, chosen.content),
                    imported_at=now,
                    why=f"back to {chosen.revision}: {why}",
                    data=chosen.place,
                ),
                integrity,
            )
            builder.reinstate(restored, keep_days=keep_days)
    except Unreadable:
        raise ConfigurationError(["the facts of that revision cannot be read"]) from None
    finally:
        revision_store.close()
    return restored


def _choose(history: Sequence[Revision], revision: str | None, keep_days: int) -> Revision:
    if not history:
        raise ConfigurationError([NONE_YET])
    kept = [one for one in list_kept(history, keep_days=keep_days) if one.place != history[0].place]
    if revision is None:
        if not kept:
            raise ConfigurationError(["there is no earlier revision to go back to"])
        return kept[0]
    found = next((one for one in history if one.revision == revision), None)
    if found is None:
        raise ConfigurationError([f"REVISION: there is no facts revision {revision}; see `facts revisions`"])
    if found.place == history[0].place:
        raise ConfigurationError([f"REVISION: the facts of {revision} are in force already"])
    if found.place not in {one.place for one in kept}:
        raise ConfigurationError([f"REVISION: the rows of {revision} are no longer kept"])
    return found
