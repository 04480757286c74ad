"""Who may decide on a request: an active supervisor, never for himself, and of the same office unless the table says otherwise.

Asked of one row, and of the store for all rows at once: what one may decide must not be looked for among the newest of all.
"""

from typing import TypeGuard

from sqlalchemy import ColumnElement, false

from gateway.model import Subject
from gateway.reasons import Reason
from gateway.store.runtime_rows import REQUESTS, Row


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


def is_supervisor(person: Subject | None) -> TypeGuard[Subject]:
    """Whether this person decides on requests."""
    return person is not None and person.active is True and "supervisor" in person.roles
