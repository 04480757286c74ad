"""What the enforcement point works with: one frozen set of collaborators, chosen and joined in `app/create.py`.

Each Protocol names only what the journey asks of that part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from gateway.disclosure import Disclosed
from gateway.errors import Refusal
from gateway.identity import Presented
from gateway.model import (
    Accounts,
    Acknowledgement,
    Approval,
    CaseFile,
    Ceilings,
    Context,
    Decision,
    Dossier,
    Identity,
    Key,
    Known,
    Outcome,
    ProvenUser,
    Question,
    RawRequest,
    ReviewStanding,
    Usage,
    VendorAnswer,
    VendorRequest,
)
from gateway.pep.accepted_text import AcceptableText, nothing_to_accept
from gateway.pep.budget import Budget, BudgetLimits
from gateway.pep.emergency_way import EmergencyWays
from gateway.pep.lookback import Lookbacks
from gateway.pep.open_operations import OpenOperations
from gateway.reasons import AnyReason, OwnReason
from gateway.vendors import Profile


class Vendor(Protocol):
    """The one way out to a vendor."""

    def call(self, request: VendorRequest) -> VendorAnswer:
        """The vendor's whole answer, or a `Refusal`."""
        ...

    def close(self) -> None:
        """Close what is kept open."""
        ...


class AuthenticatorPort(Protocol):
    """Who proves who asks."""

    def identify(self, request: RawRequest, presented: Presented | None, *, mount: str | None) -> Identity:
        """Who asks, by the one credential that the request shows; or a `Refusal`."""
        ...


class FactsPort(Protocol):
    """What is known that the caller cannot claim."""

    def look_up(self, question: Question, approvals: Sequence[Approval] = ()) -> Known:
        """Everything known about a question, from one revision, joined with approvals given here; or a `Refusal`."""
        ...


class ApprovalsPort(Protocol):
    """Who knows the plates of approvals given at run time."""

    def match(self, approvals: Sequence[Approval], question: Question) -> tuple[Approval, ...]:
        """The same approvals, each with whether it is for the plate asked about."""
        ...


class EmergenciesPort(Protocol):
    """Who keeps the reviews of emergencies."""

    def standing(self, user_id: ProvenUser, now: datetime) -> ReviewStanding:
        """How many emergencies this person had, and how many reviews are overdue; or a `Refusal`."""
        ...

    def open_review(self, dossier: Dossier) -> bool:
        """Note the review of an allowed emergency, before anything is sent; or a `Refusal`, and nothing is to be sent.

        Whether a review is due now: none is of a further page.
        """
        ...

    def close_unsent(self, dossier: Dossier) -> None:
        """End the review of an emergency that surely never reached the vendor; or a `Refusal`, and it counts."""
        ...


class OwnRecords(Protocol):
    """What the gateway itself keeps about one person, as read at one moment."""

    @property
    def acknowledgements(self) -> tuple[Acknowledgement, ...]:
        """Made at the gateway."""
        ...

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """Given at the gateway."""
        ...

    @property
    def context(self) -> Context | None:
        """The newest that has not expired, for the mount asked about."""
        ...


class StorePort(Protocol):
    """What a search needs of the gateway's own store."""

    def find(self, key_id: str) -> Key | None:
        """The key of this id."""
        ...

    def own(self, user_id: ProvenUser, mount: str, now: datetime) -> OwnRecords:
        """What is kept about this person."""
        ...

    def reserve(self, accounts: Accounts, now: datetime, most: Ceilings) -> Usage:
        """Count one query; how many there were, this one included. Who is over `most` counts for nobody besides."""
        ...

    def count_used(self, accounts: Accounts, now: datetime) -> Usage:
        """How many queries there were."""
        ...


class EnginePort(Protocol):
    """A Rego engine."""

    def warm(self) -> None:
        """Make ready on the calling thread whatever its first decision would otherwise wait for."""
        ...

    def decide(self, input_text: str) -> Decision:
        """The decision on a policy input, or a `Refusal`."""
        ...


class RecorderPort(Protocol):
    """The audit record. Every method returns once the record is on disk, or raises `audit_unavailable`."""

    def record_allow(self, dossier: Dossier) -> None:
        """Record an allow, with the effective query and the obligations as absolute instants."""
        ...

    def record_refusal(self, dossier: Dossier, refusal: Refusal, told: Disclosed, *, status: int) -> None:
        """Record a refusal, with everything the dossier holds by then."""
        ...

    def record_outcome(self, dossier: Dossier, outcome: Outcome) -> None:
        """Record how an allowed request ended."""
        ...


class MetricsPort(Protocol):
    """Counts and durations, for operators; labels only from closed vocabularies."""

    def count_answer(self, operation: str, verdict: str, reason: str | OwnReason, seconds: float) -> None:
        """Count one request with its verdict and how many seconds it took; `reason` is "" for an allow."""
        ...

    def count_edge_refusal(self, reason: AnyReason) -> None:
        """Count one refusal that had no person yet."""
        ...


class FailurePort(Protocol):
    """Who tells the operator of requests that failed by no fault of their own."""

    def note_failure(self, reason: AnyReason, *, vendor: str | None, decision_id: str, note: str | None = None) -> None:
        """One request ended so; what is a request's own fault is not told."""
        ...

    def note_unread(self, *, vendor: str | None, decision_id: str, reads: int) -> None:
        """One request was answered without these many reads, because they cannot be read."""
        ...


class UntoldFailures:
    """For a journey that no operator watches, as in tests: the record says it all."""

    def note_failure(self, reason: AnyReason, *, vendor: str | None, decision_id: str, note: str | None = None) -> None:
        """Tell nobody."""

    def note_unread(self, *, vendor: str | None, decision_id: str, reads: int) -> None:
        """Tell nobody."""


DEFAULT_BUDGET = BudgetLimits(requests_per_minute=6000, record_bytes_per_day=256 << 20)


class ClockPort(Protocol):
    """Whether the clock can be believed."""

    def check(self) -> None:
        """Return where it can, or raise `clock_untrusted`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The installation's own secrets, 32 bytes each, each for one use."""

    tokens: bytes = field(repr=False)
    pages: bytes = field(repr=False)
    pseudonyms: bytes = field(repr=False)
    approvals: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """One vendor as it is served.

    `name` is what keys and contexts call it; `prefix` the path it is mounted at ("" where it has a host name of its
    own); `host` where it really is.
    """

    name: str
    prefix: str
    profile: Profile
    host: str
    vendor: Vendor


class ListedPurpose(NamedTuple):
    """What is told of a purpose: which components may use it, whether it needs a written reason, and for which kinds of case it is."""

    components: tuple[str, ...]
    needs_reason: bool = False
    case_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a request passes through. `facts_max_age_h`: facts older than this deny, whatever the policy says.

    `policy_reviewed` gives when the policy in force was last reviewed, None where that is not known, which denies;
    `policy_ended` whether its own table ends it.

    `rules` gives the rules of behavior in force, `purposes` the policy's purposes and who may use them,
    `circumstances` its kinds of emergency, `lookbacks` how far back cases may be searched, `ceilings` how many searches
    each may make, `fixed_characters` how many of a plate must be known,
    `longest_approval` for how many hours an approval may run, `course_version` which version of the course counts,
    None where any does, `emergencies_most` how many emergency searches a person may make in 24 hours, `emergency_ways`
    for whom and in which operations there are any, `operations` who may run which operation and how, `sign_in_minutes` for how long a sign-in counts. `open_cases`
    are those that a person is a member of.
    """

    authenticator: AuthenticatorPort
    facts: FactsPort
    store: StorePort
    approvals: ApprovalsPort
    emergencies: EmergenciesPort
    engine: EnginePort
    recorder: RecorderPort
    metrics: MetricsPort
    secrets: Secrets
    clock: ClockPort
    facts_max_age_h: int
    policy_reviewed: Callable[[], datetime | None] = lambda: None
    policy_ended: Callable[[], bool] = lambda: False
    rules: Callable[[], AcceptableText | None] = nothing_to_accept
    ceilings: Callable[[], Ceilings] = dict
    budget: Budget = field(default_factory=lambda: Budget(DEFAULT_BUDGET))
    purposes: Callable[[], Mapping[str, ListedPurpose]] = dict
    circumstances: Callable[[], tuple[str, ...]] = tuple
    lookbacks: Callable[[], Lookbacks] = Lookbacks
    fixed_characters: Callable[[], float | None] = lambda: None
    longest_approval: Callable[[], float | None] = lambda: None
    course_version: Callable[[], str | None] = lambda: None
    emergencies_most: Callable[[], float | None] = lambda: None
    emergency_ways: Callable[[], EmergencyWays] = EmergencyWays
    operations: Callable[[], OpenOperations] = dict
    sign_in_minutes: Callable[[], float | None] = lambda: None
    open_cases: Callable[[str], Sequence[CaseFile]] = lambda _user_id: ()
    failures: FailurePort = field(default_factory=UntoldFailures)
