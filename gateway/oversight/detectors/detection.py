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

LabelsOf = Callable[[Sequence[str]], tuple[Collection[str], Collection[str]]]
"""The labels, in the scene at hand, of the plates that these searches were for, and their cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A pattern found. `decision_ids` are of the searches that make it, the completing one last.

    `user_id` is who made that one; `persons` are all who made any of them, or whom a row of a vendor's file may name, `offices`
    where these belong. `stranger`: such a row names somebody whom nobody knows.

    `cause` says in words which of the detector's causes it is, where it names several. `about` and `until`, when it was last
    completed before it rested (`last_ids` are of the searches that did), are told nowhere: they tell it from others.
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
    last_ids: tuple[str, ...] = ()

    def lasts_until(self, moment: datetime) -> bool:
        """Whether, as far as is known then, the pattern has not rested yet at a moment."""
        return self.until + _QUIET >= moment


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

    def is_pattern_of(self, found: Detection, labels_of: LabelsOf) -> bool:
        """Whether this is the pattern that was now found: of the same detector and person, about the same, without a rest between.

        Which of the two was completed first does not matter: lower limits are passed earlier in the pattern, higher ones later.
        """
        meets = found.at - _QUIET <= self.at <= found.until + _QUIET
        return meets and self._may_be(found) and self._is_about(found.about, labels_of)

    def is_later(self, found: Detection, moment: datetime) -> bool:
        """Whether this may be what was found, if that goes on beyond a moment."""
        return self.at >= moment and self._may_be(found)

    def _may_be(self, found: Detection) -> bool:
        """An alert is not hidden by a warning on record, for it says more; a warning is by either, as within one look."""
        whose = (self.detector_id, self.user_id) == (found.detector_id, found.user_id)
        return whose and _SEVERITIES.index(self.severity) >= _SEVERITIES.index(found.severity)

    def _is_about(self, about: str, labels_of: LabelsOf) -> bool:
        """What it is about is told nowhere, but its id is made of that; of plates' labels, which are others in each scene, it is not."""
        told = (self.detector_id, self.user_id, self.severity, self.at, self.decision_ids, about)
        return self.finding_id == name_finding(*told) and is_about(about, self.decision_ids, about, labels_of)


def is_about(former: str, decision_ids: Sequence[str], about: str, labels_of: LabelsOf) -> bool:
    """Whether what was about `former`, found in these searches, is about the same: plates' labels are others in each scene.

    What is all digits may also be a case.
    """
    if not (_is_plates(former) and _is_plates(about)):
        return former == about
    plates, cases = labels_of(decision_ids)
    return set(about.split("+")) in (set(plates), set(cases))


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
