"""How much was searched, and by whom: a person, the service that acts, the person's office, and of which vendor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from gateway.model.identity import ProvenUser
from gateway.value import Value

_DAY_IN_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Whom one search counts for; people without an office count for one without a name. None: nobody of that kind."""

    person: ProvenUser
    service: ProvenUser | None = None
    office: str | None = None
    vendor: str | None = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Each kind with the name that the store counts it under, a person's own first."""
        kinds = (("person", self.person), ("service", self.service), ("office", self.office), ("vendor", self.vendor))
        return ((kind, f"{kind}:{name}") for kind, name in kinds if name is not None)


class Searches(Value, frozen=True, kw_only=True):
    """One account's, by the hour since 1970, as seen in the hour `now`; the hours of a day ago and since."""

    now: int
    by_hour: Mapping[int, int] = msgspec.field(default_factory=dict)

    @property
    def this_hour(self) -> int:
        """Since the full hour; what another gateway's clock has ahead counts too."""
        return sum([count for hour, count in self.by_hour.items() if hour >= self.now])

    @property
    def last_24_hours(self) -> int:
        """The hour that began 24 hours ago counts in full, so the number is never too low."""
        return self._from(self.now)

    def find_day_end(self, most: int) -> int:
        """The hour from which more searches a day are within `most` than now, if there is none until then."""
        hours, fewer = range(self.now + 1, self.now + _DAY_IN_HOURS + 2), min(most, self.last_24_hours)
        return next(at for at in hours if at > max(self.by_hour, default=0) + _DAY_IN_HOURS or self._from(at) < fewer)

    def _from(self, at: int) -> int:
        return sum([count for hour, count in self.by_hour.items() if hour >= at - _DAY_IN_HOURS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most searches that one account may make in an hour and in a day; None where the table has no such number."""

    hour: int | None = None
    day: int | None = None


Usage = Mapping[str, Searches]
"""By kind of account."""
Ceilings = Mapping[str, Ceiling]
"""By kind of account, as the table in force has them."""
