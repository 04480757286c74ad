"""What the gateway's own addresses work with, and how they answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

from gateway.approvals import Approvals, Emergencies, Foresight, RecentDecisions
from gateway.errors import Refusal
from gateway.model import Acknowledgement, Answer, CaseFile, Context, Dossier, Json, Key, Question, Subject
from gateway.pep.ports import Mounted, Ports
from gateway.reasons import Reason
from gateway.unseen import tell_unseen

_OWN = (
    "This address asks for the person's own credential, in a header: no service's, and no token of a vendor's address."
)

_NO_TABLES = "Nor can the tables be read that were in force before."


class DeclarationStore(Protocol):
    """Where contexts and acceptances are kept."""

    def declare(
        self, *, user_id: str, mount: str, purpose: str, case_number: str, hours: int, now: datetime
    ) -> Context:
        """Keep a new context."""
        ...

    def contexts(self, user_id: str, now: datetime) -> tuple[Context, ...]:
        """The person's contexts that have not expired, newest first."""
        ...

    def withdraw(self, user_id: str, context_id: str, now: datetime) -> bool:
        """End one of the person's contexts; False where there is no such."""
        ...

    def accept(self, *, user_id: str, document: str, version: str, sha256: str, now: datetime) -> Acknowledgement:
        """Keep the acceptance of a text."""
        ...


class ActRecorder(Protocol):
    """Records what was done besides searches; returns once it is on disk."""

    def done(self, case: Dossier, event_type: str, reason_text: str | None = None, /, **fields: Json) -> None:
        """Record one thing this person did; `reason_text`, which may name a plate, is sealed."""
        ...


class ReviewBoard(Protocol):
    """What was found, as far as the last look at the record knows."""

    @property
    def reviewer_roles(self) -> tuple[str, ...]:
        """Who may review."""
        ...

    @property
    def told_days(self) -> int:
        """How many days count as lately."""
        ...

    def findings(self) -> list[dict[str, Any]]:
        """All findings."""
        ...

    def why_not(self, finding_id: str, judge: Subject) -> tuple[str, ...]:
        """Every reason why this person may not judge this finding."""
        ...

    def follow(self, finding_id: str, *, status: str, reviewer: str, why: str | None = None) -> None:
        """Show what was just recorded."""
        ...

    def count_reviewed(self, user_id: str, now: datetime) -> int:
        """How many of a person's searches a reviewer looked at lately."""
        ...


class RenewedKey(Protocol):
    """A new key, its secret shown this once."""

    @property
    def key_id(self) -> str:
        """Its id."""
        ...

    @property
    def secret(self) -> str:
        """What a tool sends."""
        ...

    @property
    def expires_at(self) -> datetime:
        """When it ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointContext:
    """The parts of a search, the mounts by name, and what only these addresses need."""

    ports: Ports
    mounts: Mapping[str, Mounted]
    declarations: DeclarationStore
    acts: ActRecorder
    board: ReviewBoard
    approvals: Approvals
    emergencies: Emergencies
    foresight: Foresight
    recent: RecentDecisions
    renew: Callable[[Key, datetime], RenewedKey]
    tables: Callable[[], Mapping[str, Json]]
    open_cases: Callable[[str], tuple[CaseFile, ...]]

    def find_mounted(self, name: str) -> Mounted:
        """The vendor mounted under this name, with or without its slash."""
        found = self.mounts.get(name.lstrip("/"))
        if found is None:
            hint = f"Allowed: {', '.join(sorted(self.mounts))}."
            raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="mount", hint=tell_unseen(name) or hint)
        return found


def require_tables(endpoint: EndpointContext) -> None:
    """Refuse what is judged by the tables where there are none, rather than judge by nothing.

    Raises:
        Refusal: SEARCHES_STOPPED; everything was stopped, and what was in force before cannot be read.
    """
    if not endpoint.tables():
        raise Refusal(Reason.SEARCHES_STOPPED, note="no tables: see `policy history`", hint=_NO_TABLES)


def require_active(endpoint: EndpointContext, user_id: str) -> None:
    """Refuse whoever has left, is suspended, or is not known: no new key is theirs, and nobody is asked on their behalf.

    Raises:
        Refusal: PERSON_INACTIVE.
    """
    known = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=None, plate=None))
    if known.subject is None or known.subject.active is not True:
        raise Refusal(Reason.PERSON_INACTIVE)


def person(case: Dossier) -> str:
    """The person asking, for themselves, with their own key in a header.

    Raises:
        Refusal: where a service asks, or a token was sent instead of the key.
    """
    identity = case.identity
    if identity is None or identity.user_id is None or not identity.direct or identity.on_behalf_of is not None:
        raise Refusal(Reason.CREDENTIAL_INVALID, note="not the person's own key in a header", hint=_OWN)
    return identity.user_id


def json_answer(status: int, document: Json) -> Answer:
    """A JSON answer that nobody keeps."""
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Answer(status=status, headers=headers, body=orjson.dumps(document))
