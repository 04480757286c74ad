"""Who may decide on a request: an active supervisor, never for himself, and of the same office unless the table says otherwise.

Asked of one row, and of the store for all rows at once: what one may decide must not be looked for among the newest of all.
"""

from typing import Final, TypeGuard

from sqlalchemy import ColumnElement, false

from gateway.approvals.parts import Directory
from gateway.errors import Refusal
from gateway.model import Subject
from gateway.pep.problem import Remedy
from gateway.reasons import Reason
from gateway.store.runtime_rows import REQUESTS, Row

_NO_OFFICE: Final = Remedy(
    "Your account has no office on file, so nobody could decide. Have it added in the agency's list of people, then ask again."
)
_NO_SUPERVISOR: Final = Remedy(
    "Your office has no other active supervisor on file, so nobody could decide. Have one put on file for it in the agency's list of people, then ask again."
)
_NO_SUPERVISOR_ANYWHERE: Final = Remedy(
    "There is no other active supervisor on file, so nobody could decide. Have one put on file in the agency's list of people, then ask again."
)


def find_objection(user_id: str, person: Subject | None, row: Row, *, other_office: bool) -> Reason | None:
    """Why this person may not decide on the request; None if he may."""
    if row["user_id"] == user_id:
        return Reason.APPROVAL_OWN
    if not is_supervisor(person):
        return Reason.APPROVAL_ROLE
    if not other_office and (person.office is None or person.office != row["office"]):
        return Reason.APPROVAL_OFFICE
    return None


def select_decidable(user_id: str, person: Subject | None, *, other_office: bool) -> ColumnElement[bool]:
    """The requests to which `find_objection` has none."""
    if not is_supervisor(person):
        return false()
    others = REQUESTS.c.user_id != user_id
    if other_office:
        return others
    return others & (REQUESTS.c.office == person.office) if person.office is not None else false()


def select_same(row: Row) -> ColumnElement[bool]:
    """What its person asked for already, to the same end, and nobody decided yet; of whichever office."""
    waiting: ColumnElement[bool] = REQUESTS.c.status == "requested"
    for name in ("user_id", "mount", "case_number", "scope", "plate_hash", "hours"):
        waiting &= REQUESTS.c[name].is_not_distinct_from(row[name])
    return waiting


def find_office(user_id: str, people: Directory, *, other_office: bool) -> str | None:
    """The office that a request of this person is of.

    Raises:
        Refusal: APPROVAL_OFFICE where nobody could decide on it: it must not wait in silence.
    """
    person = people.person(user_id)
    office = person.office if person else None
    if office is None and not other_office:
        raise Refusal(Reason.APPROVAL_OFFICE, hint=_NO_OFFICE)
    row = {"user_id": user_id, "office": office}
    if all(find_objection(one.user_id, one, row, other_office=other_office) for one in people.supervisors()):
        raise Refusal(Reason.APPROVAL_OFFICE, hint=_NO_SUPERVISOR_ANYWHERE if other_office else _NO_SUPERVISOR)
    return office


def is_supervisor(person: Subject | None) -> TypeGuard[Subject]:
    """Whether this person decides on requests."""
    return person is not None and person.active is True and "supervisor" in person.roles


def check_still(row: Row, *standings: str) -> None:
    """Whether a request still stands so that it can be decided on; asked before anything is recorded.

    Raises:
        Refusal: APPROVAL_DECIDED.
    """
    if row["status"] not in standings:
        raise Refusal(Reason.APPROVAL_DECIDED)
