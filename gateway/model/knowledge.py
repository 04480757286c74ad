"""What is known of who asks, of the cited case and of the plate: everything that no caller can claim."""

from datetime import date, datetime

from gateway.model.query import PlateTerm
from gateway.plates import IssuedPlate, TypedPlate
from gateway.value import Hidden, Value


class Subject(Value, frozen=True, kw_only=True):
    """The person asking, as the facts know them. None is unknown, and denies."""

    user_id: str
    name: str | None
    component: str | None
    office: str | None
    roles: tuple[str, ...]
    active: bool | None


class Training(Value, frozen=True, kw_only=True):
    """One completed course."""

    course: str
    version: str | None
    completed_on: date | None


class Acknowledgement(Value, frozen=True, kw_only=True):
    """One acceptance of a document, in the facts or made at the gateway, which also keeps the SHA-256 of the text."""

    document: str
    version: str | None
    accepted_at: datetime | None
    sha256: str | None = None


class CaseFile(Value, frozen=True, kw_only=True):
    """The cited case. `assigned`: the person asking is a member."""

    case_number: str
    kind: str | None
    status: str | None
    opened_on: date | None
    closed_on: date | None
    offense_code: str | None
    lookback_from: date | None
    office: str | None
    assigned: bool


class Tenure(Value, frozen=True, kw_only=True):
    """Days on which somebody held a plate, the last one included; `first` None: since ever."""

    first: date | None
    last: date


class TargetMatch(Value, frozen=True, kw_only=True):
    """One known subject's plate that the plate asked for may mean (same fold; for a partial one: fits the pattern).

    `plate` is as issued; `assigned`: the person asking is a member of that subject's case; `spelling` is `same` where
    the normal forms are equal, else `folded`; `held_before`: when the same subject held it by rows that have ended, as
    before a registration was renewed.
    """

    subject_id: str
    case_number: str
    relation: str | None
    active: bool | None
    assigned: bool
    plate: Hidden[IssuedPlate]
    plate_state: str | None
    valid_from: date | None
    valid_to: date | None
    spelling: str
    held_before: tuple[Tenure, ...] = ()


class Approval(Value, frozen=True, kw_only=True):
    """A supervisor's approval for this person; `plate` None covers any plate of the case's own subjects. The approver as of now.

    `first_seen` is when the facts first had it; None for one given at the gateway, which limits its length itself.
    One given at the gateway keeps its plate as a keyed hash: `plate_matches` then says whether it is the plate asked about.
    """

    approval_id: str
    case_number: str | None
    scope: str | None
    plate: Hidden[TypedPlate | None]
    approved_by: str | None
    approver_active: bool | None
    approver_roles: tuple[str, ...]
    expires_at: datetime | None
    first_seen: datetime | None = None
    plate_hash: Hidden[str | None] = None
    plate_matches: bool | None = None

    @property
    def names_plate(self) -> bool:
        """Whether it was given for one plate, or part of one, which the approver saw."""
        return self.plate is not None or self.plate_hash is not None


class ReviewStanding(Value, frozen=True, kw_only=True):
    """A person's emergency searches of the last 24 hours, and the reviews of theirs that are due, and overdue.

    `lately` is when those searches were.
    """

    emergencies_24h: int
    due: int
    overdue: int
    lately: tuple[datetime, ...] = ()


class Question(Value, frozen=True, kw_only=True):
    """What the facts are asked, all of it answered from one revision."""

    user_id: str | None
    case_number: str | None
    plate: PlateTerm | None


class Known(Value, frozen=True, kw_only=True):
    """What is known about a question.

    `as_of` is the instant up to which the facts were known; `protected`: the plate is on the protected list.
    """

    revision: str
    as_of: datetime
    subject: Subject | None
    training: tuple[Training, ...]
    acknowledgements: tuple[Acknowledgement, ...]
    case: CaseFile | None
    matches: tuple[TargetMatch, ...]
    protected: bool
    approvals: tuple[Approval, ...]
