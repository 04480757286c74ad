"""What a case beside a detector may say: searches in a few words, what is known beside them, and what is to be found."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.reasons import REASON_TOPICS

_LONGEST = 10_000

Day = Annotated[int | float, Field(ge=-3660, le=3660)]
"""Days since the Monday at noon: 0.5 is the midnight after it, and -0.25 six in its morning."""
Days = Annotated[list[Day], Field(max_length=_LONGEST)]
Topic = Annotated[str, Field(pattern=f"^({'|'.join(REASON_TOPICS)})$")]


class _Written(BaseModel):
    """What the privacy office wrote of a case: nothing in it is passed over, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SearchGroup(_Written):
    """Searches that have all but their time in common: on `days`, or `times` of them `every_days` from `start` on.

    `plate` and `same` (the written reason) may be `each`: another every time; `plate`, `case` and `purpose` may be `none`.
    `tied` is allowed under an open case of one's own; `reasons` are of a denial, `about` what own ones of them are about; `subjects` whom the plate is known for;
    `for` is on whose behalf; `lookback` has one for each; `read` false is refused before purpose and case were read.
    """

    days: Days = []
    every_days: Annotated[int | float, Field(gt=0)] | None = None
    times: Annotated[int, Field(ge=1, le=_LONGEST)] | None = None
    start: Day = 0
    user: str = "u1"
    office: str = "BAL"
    role: str = "officer"
    kind: Annotated[str, Field(pattern="^(person|service)$")] = "person"
    on_behalf_of: Annotated[str | None, Field(alias="for")] = None
    plate: str = "P1"
    case: str = "26-0001"
    purpose: str = "criminal_investigation"
    same: str = "a reason"
    traits: list[str] = []
    tied: bool = True
    reasons: list[str] = []
    about: dict[str, Topic] = {}
    subjects: list[str] = []
    lookback: list[Day] = []
    ip: str = "192.0.2.1"
    read: bool = True

    @model_validator(mode="after")
    def _has_its_times(self) -> Self:
        if bool(self.days) == bool(self.every_days and self.times):
            raise ValueError("needs days, or every_days and times")
        if self.lookback and len(self.lookback) < len(self.moments()):
            raise ValueError("lookback needs a number for each search")
        if unknown := self.about.keys() - set(self.reasons):
            raise ValueError(f"about names {min(unknown)}, which is none of its reasons")
        return self

    def moments(self) -> Sequence[float]:
        """The day of each search."""
        return self.days or [self.start + number * (self.every_days or 0) for number in range(self.times or 0)]


class FindingDays(_Written):
    """When a finding was opened, assigned and reviewed."""

    opened: Day
    assigned: Day | None = None
    reviewed: Day | None = None


class VendorRow(_Written):
    """Rows of the vendor's record on these days, of one class of the reconciliation."""

    days: Days
    of: Annotated[str, Field(alias="class")]
    user: str | None = "u1"
    networks: int = 1


class VendorEvent(_Written):
    """Entries of the vendor's event log on these days."""

    days: Days
    event: str
    entity: str
    case: bool
    expiry: bool
    plate: str | None = None
    traits: list[str] = []


class Reach(_Written):
    """Searches of ours that the vendor ran over so many networks on these days."""

    days: Days
    networks: int
    purpose: str = "criminal_investigation"
    offense: str | None = None


class Shift(_Written):
    """When somebody worked."""

    user: str
    begins: Annotated[Day, Field(alias="from")]
    ends: Annotated[Day, Field(alias="to")]


class DetectorCase(_Written):
    """One case: `expect` is `none`, or the severity of a finding; `by`, the number of the search that completes it."""

    name: Annotated[str, Field(min_length=1)]
    expect: Annotated[str, Field(pattern="^(none|warn|alert)$")]
    by: Annotated[int, Field(ge=1)] | None = None
    searches: list[SearchGroup] = []
    findings: list[FindingDays] = []
    vendor: list[VendorRow] = []
    events: list[VendorEvent] = []
    reach: list[Reach] = []
    imports: Days = []
    changed: list[str] = []
    rosters: list[Shift] = []
    households: list[str] = []
    holders: dict[str, str] = {}
