"""How near a search comes to the ceilings: told in a header from four fifths on, and with a refusal. The policy judges.

The ceilings are of a person, of the service that acts for people, of the person's office, and of the vendor, each for the
hour since the full hour and for the last 24 hours. Denied and explained searches count, further pages do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.clock import format_instant
from gateway.model import Accounts, Ceiling, Ceilings, Dossier, Known, Query, ReviewStanding, Searches, Usage
from gateway.pep.subject import ProvenSubject
from gateway.reasons import AnyReason, Reason

HEADER = "X-LPR-Ceiling"
_HOUR_S = 3600
_DAY_LONG = timedelta(hours=24)
_NEAR, _WHOLE = 4, 5
_HOUR, _DAY = "hour", "day"
_KINDS: dict[AnyReason, str] = {
    Reason.USAGE_CEILING: "person",
    Reason.SERVICE_CEILING: "service",
    Reason.OFFICE_CEILING: "office",
    Reason.VENDOR_CEILING: "vendor",
}
_WHOSE = {
    "person": "of yours",
    "service": "of this service",
    "office": "of your office",
    "vendor": "of this vendor by the whole agency",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingStanding:
    """One ceiling: `person` a `day`, what was searched, and the `most` that may be."""

    kind: str
    spell: str
    searches: Searches
    most: int

    @property
    def used(self) -> int:
        """How much of it was used."""
        return self.searches.this_hour if self.spell == _HOUR else self.searches.last_24_hours

    @property
    def ends(self) -> datetime:
        """When there is more room again if nobody searches; asked only where it is told."""
        hour = self.searches.now + 1 if self.spell == _HOUR else self.searches.find_day_end(self.most)
        return datetime.fromtimestamp(hour * _HOUR_S, UTC)

    @property
    def name(self) -> str:
        """As the header and `whoami` have it."""
        return f"{self.kind}-{self.spell}"

    @property
    def remaining(self) -> int:
        """The searches that are left."""
        return max(0, self.most - self.used)

    @property
    def is_near(self) -> bool:
        """Four fifths are used."""
        return self.used * _WHOLE >= self.most * _NEAR


def count_for(subject: ProvenSubject, known: Known, query: Query) -> Accounts:
    """Whom a search counts for. People whose office nobody knows share one that has no name."""
    office = known.subject.office if known.subject is not None else None
    return Accounts(person=subject.user_id, service=subject.service, office=office or "", vendor=query.vendor)


def list_standings(usage: Usage, ceilings: Ceilings) -> Iterator[CeilingStanding]:
    """Every ceiling that the table has a number for."""
    for kind, searches in usage.items():
        most = ceilings.get(kind, Ceiling())
        for spell, number in ((_HOUR, most.hour), (_DAY, most.day)):
            if number is not None:
                yield CeilingStanding(kind=kind, spell=spell, searches=searches, most=number)


def warn(case: Dossier, ceilings: Ceilings) -> tuple[tuple[str, str], ...]:
    """The header (a list of RFC 8941) that names each ceiling of which four fifths are used; none where none is."""
    usage = case.usage or {}
    if not any(_is_near(searches, ceilings.get(kind)) for kind, searches in usage.items()):
        return ()
    return ((HEADER, ", ".join(_write(one) for one in list_standings(usage, ceilings) if one.is_near)),)


def tell_ceiling(case: Dossier, reason: AnyReason, ceilings: Ceilings) -> str | None:
    """Which ceiling was reached, and when it ends; None where the reason is another."""
    kind = _KINDS.get(reason)
    standings = list_standings(case.usage or {}, ceilings)
    reached = [one for one in standings if one.kind == kind and one.used > one.most]
    last = max(reached, key=lambda one: one.ends, default=None)
    if kind is None or last is None:
        return None
    spell = "since the full hour" if last.spell == _HOUR else "in 24 hours"
    return f"The ceiling is {last.most} searches {_WHOSE[kind]} {spell}; it ends at {format_instant(last.ends)}."


def tell_emergency_ceiling(case: Dossier, most: float | None) -> str | None:
    """How many emergencies there may be in 24 hours, and when the next one may be; None where the table has no number."""
    if most is None or case.reviews is None:
        return None
    told = f"The ceiling is {most:g} emergency searches of yours in 24 hours"
    end = find_emergencies_end(case.reviews, most)
    return f"{told}." if end is None else f"{told}; it ends at {format_instant(end)}."


def find_emergencies_end(reviews: ReviewStanding, most: float) -> datetime | None:
    """When a person's next emergency may be; None where it may be now, and where there may be none at all."""
    counted = sorted(reviews.lately, reverse=True)
    return counted[int(most) - 1] + _DAY_LONG if 0 < most <= len(counted) else None


def _is_near(searches: Searches, most: Ceiling | None) -> bool:
    """Whether one of an account's ceilings is near; most are not, and nothing is then said of any."""
    if most is None:
        return False
    hour, day = most.hour, most.day
    of_the_hour = hour is not None and searches.this_hour * _WHOLE >= hour * _NEAR
    return of_the_hour or (day is not None and searches.last_24_hours * _WHOLE >= day * _NEAR)


def _write(one: CeilingStanding) -> str:
    return f'{one.name}; remaining={one.remaining}; ends="{format_instant(one.ends)}"'
