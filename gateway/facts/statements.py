"""The statements of a look-up. Each reaches its rows by an index; a pattern meets only plates of the cited case.

All take the same parameters: `user`, `case`, `fold`, `like`, `state`; what a question does not name is null and finds
nothing. Orders are fixed, so that the same facts always give the same answer.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Dialect, Select, Text, bindparam, exists, literal_column, or_, select

from gateway import plates
from gateway.facts import schema as s
from gateway.model import Question

_USER: Final = bindparam("user", type_=Text())
_CASE: Final = bindparam("case", type_=Text())
_FOLD: Final = bindparam("fold", type_=Text())
_LIKE: Final = bindparam("like", type_=Text())
_STATE: Final = bindparam("state", type_=Text())

_SUBJECT: Final = select(
    s.USERS.c.user_id, s.USERS.c.name, s.USERS.c.component, s.USERS.c.office, s.USERS.c.roles, s.USERS.c.active
).where(s.USERS.c.user_id == _USER)
_HOLDERS: Final = select(*_SUBJECT.selected_columns).where(s.USERS.c.roles.like(_LIKE)).order_by(s.USERS.c.row)
_TRAINING: Final = (
    select(s.TRAINING.c.course, s.TRAINING.c.version, s.TRAINING.c.completed_on)
    .where(s.TRAINING.c.user_id == _USER)
    .order_by(s.TRAINING.c.row)
)
_ACKNOWLEDGEMENTS: Final = (
    select(s.ACKNOWLEDGEMENTS.c.document, s.ACKNOWLEDGEMENTS.c.version, s.ACKNOWLEDGEMENTS.c.accepted_at)
    .where(s.ACKNOWLEDGEMENTS.c.user_id == _USER)
    .order_by(s.ACKNOWLEDGEMENTS.c.row)
)
_APPROVALS: Final = (
    select(
        s.APPROVALS.c.approval_id,
        s.APPROVALS.c.case_number,
        s.APPROVALS.c.scope,
        s.APPROVALS.c.plate,
        s.APPROVALS.c.approved_by,
        s.USERS.c.active,
        s.USERS.c.roles,
        s.APPROVALS.c.expires_at,
        s.APPROVALS.c.first_seen,
    )
    .join_from(s.APPROVALS, s.USERS, s.USERS.c.user_id == s.APPROVALS.c.approved_by, isouter=True)
    .where(s.APPROVALS.c.user_id == _USER)
    .order_by(s.APPROVALS.c.row)
)
_CASE_FILE: Final = select(
    s.CASES.c.case_number,
    s.CASES.c.kind,
    s.CASES.c.status,
    s.CASES.c.opened_on,
    s.CASES.c.closed_on,
    s.CASES.c.offense_code,
    s.CASES.c.lookback_from,
    s.CASES.c.office,
    exists()
    .where(s.CASE_MEMBERS.c.case_number == s.CASES.c.case_number, s.CASE_MEMBERS.c.user_id == _USER)
    .correlate(s.CASES),
)
_CITED: Final = _CASE_FILE.where(s.CASES.c.case_number == _CASE)
_OPEN_CASES: Final = (
    _CASE_FILE.join_from(s.CASES, s.CASE_MEMBERS, s.CASE_MEMBERS.c.case_number == s.CASES.c.case_number)
    .where(s.CASE_MEMBERS.c.user_id == _USER, s.CASES.c.status == literal_column("'open'"))
    .order_by(s.CASES.c.case_number)
)
_MATCHES: Final = (
    select(
        s.SUBJECTS.c.subject_id,
        s.SUBJECTS.c.case_number,
        s.SUBJECTS.c.relation,
        s.SUBJECTS.c.active,
        exists().where(s.CASE_MEMBERS.c.case_number == s.SUBJECTS.c.case_number, s.CASE_MEMBERS.c.user_id == _USER),
        s.SUBJECT_PLATES.c.plate,
        s.SUBJECT_PLATES.c.plate_state,
        s.SUBJECT_PLATES.c.valid_from,
        s.SUBJECT_PLATES.c.valid_to,
        s.SUBJECT_PLATES.c.normal,
        s.SUBJECT_PLATES.c.fold,
    )
    .join_from(s.SUBJECT_PLATES, s.SUBJECTS, s.SUBJECTS.c.subject_id == s.SUBJECT_PLATES.c.subject_id)
    .order_by(s.SUBJECT_PLATES.c.row)
)
_STATE_FITS: Final = or_(
    _STATE.is_(None), s.PROTECTED_PLATES.c.plate_state.is_(None), s.PROTECTED_PLATES.c.plate_state == _STATE
)
_APPROVER: Final = select(s.USERS.c.active, s.USERS.c.roles).where(s.USERS.c.user_id == _USER)

_PERSONAL: Final[tuple[Select[Any], ...]] = (_SUBJECT, _TRAINING, _ACKNOWLEDGEMENTS, _APPROVALS)
_EXACT: Final[tuple[Select[Any], ...]] = (
    _MATCHES.where(s.SUBJECT_PLATES.c.fold == _FOLD),
    select(exists().where(s.PROTECTED_PLATES.c.fold == _FOLD, _STATE_FITS)),
)
_PARTIAL: Final[tuple[Select[Any], ...]] = (
    _MATCHES.where(s.SUBJECTS.c.case_number == _CASE),
    select(exists().where(s.PROTECTED_PLATES.c.fold.like(_LIKE), _STATE_FITS)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupStatements:
    """The statements as one driver takes them.

    All about a person; case and plate, by what is asked: no plate, a whole one, a pattern; an approver; who a person is,
    and their cases; who has a role.
    """

    personal: tuple[str, ...]
    plateless: tuple[str, ...]
    exact: tuple[str, ...]
    partial: tuple[str, ...]
    approver: tuple[str, ...]
    person: tuple[str, ...]
    open_cases: tuple[str, ...]
    holders: tuple[str, ...]

    def choose(self, question: Question) -> tuple[str, ...]:
        """Those that answer what a question asks of case and plate."""
        if question.plate is None:
            return self.plateless
        return self.partial if question.plate.match == "partial" else self.exact


def texts(dialect: Dialect) -> LookupStatements:
    """Every statement, written for a dialect."""

    def render(statements: tuple[Select[Any], ...]) -> tuple[str, ...]:
        return tuple(str(statement.compile(dialect=dialect)) for statement in statements)

    return LookupStatements(
        personal=render(_PERSONAL),
        plateless=render((_CITED,)),
        exact=render((_CITED, *_EXACT)),
        partial=render((_CITED, *_PARTIAL)),
        approver=render((_APPROVER,)),
        person=render((_SUBJECT,)),
        open_cases=render((_OPEN_CASES,)),
        holders=render((_HOLDERS,)),
    )


def parameters(question: Question) -> dict[str, str | None]:
    """What the statements are asked with."""
    plate = question.plate
    fold = None if plate is None else plates.in_clear(plates.fold(plate.text))
    return {
        "user": question.user_id,
        "case": question.case_number,
        "fold": fold,
        "like": None if fold is None else fold.replace(plates.WILDCARD, "%"),
        "state": None if plate is None else plate.state,
    }
