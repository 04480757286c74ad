"""A few people of two offices, and what approvals and emergencies of theirs are kept in."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.errors import Refusal
from gateway.model import RawRequest, Subject
from gateway.reasons import Reason

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Staff:
    """Who is known, by user id."""

    people: dict[str, Subject]

    def person(self, user_id):
        return self.people.get(user_id)

    def supervisors(self):
        return tuple(one for one in self.people.values() if "supervisor" in one.roles)


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


class Records:
    """Takes what is recorded, or refuses it while `full`."""

    def __init__(self):
        self.full, self.kept = True, []

    def take(self, event_type, **_fields):
        if self.full:
            raise Refusal(Reason.AUDIT_UNAVAILABLE)
        self.kept.append(event_type)

    def done(self, _case, event_type, _reason=None, /, **_fields):
        self.take(event_type)


def request_at(target, body=b""):
    return RawRequest(
        request_id="r1",
        time=NOW,
        method="POST",
        target=target,
        headers=(("content-type", "application/json"),),
        body=body,
        source_ip="127.0.0.1",
    )
