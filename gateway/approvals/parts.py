"""What approvals and emergencies both work with: where they are kept, how sealed, who people are, and who is told."""

from dataclasses import dataclass
from typing import Protocol

from gateway.approvals.notices import Notices
from gateway.approvals.protection import PlateProtection
from gateway.model import Subject
from gateway.store.store import Store


class Directory(Protocol):
    """Who is known to the agency."""

    def person(self, user_id: str) -> Subject | None:
        """The person of exactly this id, as the facts know them now."""
        ...

    def supervisors(self) -> tuple[Subject, ...]:
        """Everybody with the role of a supervisor, active or not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressees:
    """Who is told of approvals asked for, of emergencies (the supervisor on duty), and the privacy office."""

    approvers: tuple[str, ...] = ()
    duty: tuple[str, ...] = ()
    privacy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalParts:
    """One process's, for many threads at once."""

    store: Store
    protection: PlateProtection
    people: Directory
    notices: Notices
    addressees: Addressees
