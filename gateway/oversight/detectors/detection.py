"""What makes a finding the one that it is: its id, and whether one on record, found by other limits, is it already.

A limit decides at which search a pattern is told, not which pattern it is. So where a limit or a question was changed, a
pattern that is on record under the former one is no new finding, at whichever of its searches it would be told now.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

QUIET_DAYS: Final = 30
"""A pattern that goes on is one finding until it has rested for so long."""
_QUIET: Final = timedelta(days=QUIET_DAYS)
_SEVERITIES: Final = ("warn", "alert")

PlatesOf = Callable[[Sequence[str]], Collection[str]]
"""The labels, in the scene at hand, of the plates that these searches were for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A pattern found. `decision_ids` are of the searches that make it, the completing one last.

    `user_id` is who made that one; `persons` are all who made any of them, or whom a row of a vendor's file may name, `offices`
    where these belong. `stranger`: such a row names somebody whom nobody knows.

    `cause` says in words which of the detector's causes it is, where it names several. `about` and `until`, when it was last
    completed before it rested, are told nowhere: they tell it from others.
    """

    finding_id: str
    detector_id: str
    user_id: str | None
    severity: str
    at: datetime
    decision_ids: tuple[str, ...]
    about: str = field(repr=False)
    until: datetime = field(repr=False)
    office: str | None = None
    persons: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    cause: str | None = None
    stranger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBefore:
    """A finding on record; `digest` is of the question and the limits that it was found by."""

    finding_id: str
    detector_id: str
    user_id: str | None
    severity: str
    at: datetime
    decision_ids: tuple[str, ...]
    digest: str
    persons: tuple[str, ...] = ()

    def is_same(self, found: Detection) -> bool:
        """Whether this is what was now found, and concerns everybody whom that concerns.

        Whom a name means changes with the facts: who has left them since is no reason to tell the same again of nobody.
        """
        told = (found.detector_id, self.user_id, found.severity, found.at, found.decision_ids, found.about)
        return self.finding_id == found.finding_id or (
            {*found.persons} <= {*self.persons} and self.finding_id == name_finding(*told)
        )

    def is_pattern_of(self, found: Detection, plates_of: PlatesOf) -> bool:
        """Whether this is the pattern that was now found: of the same detector and person, about the same, without a rest between.

        An alert is not hidden by a warning on record, for it says more; a warning is by either, as within one look.
        """
        whose = (self.detector_id, self.user_id) == (found.detector_id, found.user_id)
        as_severe = _SEVERITIES.index(self.severity) >= _SEVERITIES.index(found.severity)
        meets = found.at - _QUIET <= self.at <= found.until
        return whose and as_severe and meets and self._is_about(found.about, plates_of)

    def _is_about(self, about: str, plates_of: PlatesOf) -> bool:
        """What it is about is told nowhere, but its id is made of that; of plates' labels, which are others in each scene, it is not."""
        named = name_finding(self.detector_id, self.user_id, self.severity, self.at, self.decision_ids, about)
        if named != self.finding_id:
            return False
        return not _is_plates(about) or set(plates_of(self.decision_ids)) == set(about.split("+"))


def name_finding(
    detector_id: str, user_id: str | None, severity: str, at: datetime, decision_ids: Sequence[str], about: str
) -> str:
    """The id is made of what the finding is, so that the same finding always has the same."""
    completing = decision_ids[-1] if decision_ids else f"{about} {at.astimezone(UTC).replace(tzinfo=None).isoformat()}"
    kind = "" if _is_plates(about) else about
    named = f"{detector_id}\n{user_id}\n{severity}\n{completing}\n{kind}"
    return f"{detector_id}-{hashlib.sha256(named.encode()).hexdigest()[:16]}"


def _is_plates(about: str) -> bool:
    return about.replace("+", "").isdigit()
