"""A few people of two offices, and what approvals and emergencies of theirs are kept in."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.model import Subject

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Staff:
    """Who is known, by user id."""

    people: dict[str, Subject]

    def person(self, user_id):
        return self.people.get(user_id)


def subject(user_id, *, office="BAL", roles=("officer",), active=True):
    return Subject(user_id=user_id, name=None, component="HSI", office=office, roles=roles, active=active)


STAFF = Staff(
    {
        one.user_id: one
        for one in (
            subject("officer"),
            subject("supervisor", roles=("supervisor",)),
            subject("former", roles=("supervisor",), active=False),
            subject("elsewhere", office="NYC", roles=("supervisor",)),
            subject("homeless", office=None, roles=("supervisor",)),
        )
    }
)
