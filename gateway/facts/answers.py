"""Rows of a look-up to the values of `gateway.model`. Unknown stays None; a value that cannot be read raises ValueError."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from gateway import plates
from gateway.facts.revisions import Revision
from gateway.model import (
    Acknowledgement,
    Approval,
    CaseFile,
    Known,
    PlateTerm,
    Question,
    Subject,
    TargetMatch,
    Training,
)
from gateway.value import replace

Rows = Sequence[tuple[Any, ...]]


def read_personal(revision: Revision, results: Sequence[Rows]) -> Known:
    """All about a person and nothing else yet, from the results of `LookupStatements.personal`, in their order."""
    subject, training, acknowledgements, approvals = results
    return Known(
        revision=revision.revision,
        as_of=revision.as_of,
        subject=person(subject),
        training=tuple(Training(course=a, version=b, completed_on=_day(c)) for a, b, c in training),
        acknowledgements=tuple(
            Acknowledgement(document=a, version=b, accepted_at=_instant(c)) for a, b, c in acknowledgements
        ),
        case=None,
        matches=(),
        protected=False,
        approvals=tuple(_approval(row) for row in approvals),
    )


def complete(personal: Known, question: Question, results: Sequence[Rows]) -> Known:
    """The whole answer: what is known of the person, with the results of `LookupStatements.choose`, in their order."""
    cases, *targets = results
    matches, protected = targets or ((), ())
    return replace(
        personal,
        case=_case(cases[0]) if cases else None,
        matches=tuple(_matches(question.plate, matches)),
        protected=any(found for (found,) in protected),
    )


def person(rows: Rows) -> Subject | None:
    """The one person of a look-up by id; None where there is none."""
    return _subject(rows[0]) if rows else None


def people(rows: Rows) -> tuple[Subject, ...]:
    """Everybody of a look-up."""
    return tuple(map(_subject, rows))


def cases(rows: Rows) -> tuple[CaseFile, ...]:
    """The case files of a look-up."""
    return tuple(_case(row) for row in rows)


def roles(text: str | None) -> tuple[str, ...]:
    """A list as the tables keep it."""
    return tuple(text.split(";")) if text else ()


def flag(value: Any) -> bool | None:  # noqa: ANN401 - 0, 1, a bool or None, by driver
    """A truth value as any driver gives it."""
    return None if value is None else bool(value)


def _subject(row: tuple[Any, ...]) -> Subject:
    user_id, name, component, office, listed, active = row
    return Subject(
        user_id=user_id, name=name, component=component, office=office, roles=roles(listed), active=flag(active)
    )


def _case(row: tuple[Any, ...]) -> CaseFile:
    case_number, kind, status, opened_on, closed_on, offense_code, lookback_from, office, assigned = row
    return CaseFile(
        case_number=case_number,
        kind=kind,
        status=status,
        opened_on=_day(opened_on),
        closed_on=_day(closed_on),
        offense_code=offense_code,
        lookback_from=_day(lookback_from),
        office=office,
        assigned=bool(assigned),
    )


def _matches(term: PlateTerm | None, rows: Rows) -> Iterable[TargetMatch]:
    if term is None:
        return
    folded = plates.fold(term.text)
    for subject_id, case_number, relation, active, assigned, plate, state, valid_from, valid_to, normal, fold in rows:
        if plates.fits_pattern(folded, plates.FoldedPlate(fold)):
            yield TargetMatch(
                subject_id=subject_id,
                case_number=case_number,
                relation=relation,
                active=flag(active),
                assigned=bool(assigned),
                plate=plates.IssuedPlate(plate),
                plate_state=state,
                valid_from=_day(valid_from),
                valid_to=_day(valid_to),
                spelling="same" if plates.fits_pattern(term.text, plates.NormalPlate(normal)) else "folded",
            )


def _approval(row: tuple[Any, ...]) -> Approval:
    approval_id, case_number, scope, plate, approved_by, active, listed, expires_at, first_seen = row
    return Approval(
        approval_id=approval_id,
        case_number=case_number,
        scope=scope,
        plate=None if plate is None else plates.TypedPlate(plate),
        approved_by=approved_by,
        approver_active=flag(active),
        approver_roles=roles(listed),
        expires_at=_instant(expires_at),
        first_seen=_instant(first_seen),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
