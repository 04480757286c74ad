"""Is a revision what was imported? Asked when it is opened, and after each reading whether its file is still that one.

The catalog keeps the SHA-256 of a revision's content, and a digest over the catalog's row under the installation's own
secret. So whoever can write the facts, catalog included, but cannot read that secret, changes nothing that is believed.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Final

from gateway.errors import Refusal
from gateway.facts import catalog
from gateway.facts.revisions import Revision, RevisionStore, Unreadable
from gateway.reasons import Reason
from gateway.row_seals import is_sealed, make_seal
from gateway.value import replace

_TABLE: Final = catalog.REVISIONS.name
_NOT_CHECKED: Final = ""
Alarm = Callable[[str], None]


def ignore(_sentence: str) -> None:
    """Nobody is told; for commands, whose error is told to who runs them."""


def seal_revision(revision: Revision, integrity: bytes) -> Revision:
    """The revision, known again by the digest of its row."""
    return replace(revision, seal=make_seal(integrity, _TABLE, catalog.to_row(revision)))


def find_alteration(revision_store: RevisionStore, revision: Revision, integrity: bytes) -> str | None:
    """What is wrong with a revision as it lies there; None where nothing is."""
    name = f"facts revision {revision.revision}"
    if revision.seal is None:
        return f"{name}: was imported by an older version of the gateway; import the facts again"
    if not is_sealed(integrity, _TABLE, catalog.to_row(revision)):
        return f"{name}: its entry in the catalog was altered, or is another installation's"
    try:
        intact = revision_store.digest(revision) == revision.sha256
    except Unreadable:
        return f"{name}: cannot be read"
    return None if intact else f"{name}: was altered after the import"


class RevisionGuard:
    """Lets a process open a revision only if it is what was imported; each is read once, and again when its file changes."""

    def __init__(
        self, revision_store: RevisionStore, integrity: bytes, alarm: Alarm, end_alarm: Callable[[], None]
    ) -> None:
        self._revision_store, self._integrity = revision_store, integrity
        self._alarm, self._end_alarm = alarm, end_alarm
        self._checked: dict[Hashable, str | None] = {}
        self._turn = threading.Lock()

    def admit(self, revision: Revision) -> None:
        """Nothing, where the revision is what was imported.

        Raises:
            Refusal: FACTS_UNAVAILABLE; the alarm is raised.
            Unreadable: there is no such revision any more.
        """
        mark = (revision, self._revision_store.mark(revision))
        with self._turn:  # one reads, the others wait for what it finds
            if mark not in self._checked:
                self._checked = {mark: find_alteration(self._revision_store, revision, self._integrity)}
                if self._checked[mark] is None:
                    self._end_alarm()
            trouble = self._checked[mark]
        if trouble is not None:
            self._alarm(trouble)
            raise Refusal(Reason.FACTS_UNAVAILABLE, note=trouble)

    def still_holds(self, revision: Revision) -> bool:
        """Whether the revision lies there as it was found to be what was imported: what was read before this is so, too.

        Raises:
            Unreadable: there is no such revision any more.
        """
        return self._checked.get((revision, self._revision_store.mark(revision)), _NOT_CHECKED) is None
