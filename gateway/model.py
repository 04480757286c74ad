"""The values every part speaks in. All are frozen; of the gateway this module imports only the forms of plates.

They are listed in the order in which a request meets them: what arrived, who asks, what is asked, what is known,
what was decided, what was sent, what came back. All instants are aware datetimes in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from gateway.plates import IssuedPlate, ReadPlate, SoughtPlate, TypedPlate

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


# What arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest:
    """A request as the HTTP server took it off the wire, before anybody understood it.

    `target` is the request target as received (never decoded); `headers` are in order, names in lower case, one pair a
    field line; `source_ip` is the caller's address, taken from a forwarding header only where a trusted proxy sent it; `client_certificate` (DER)
    is what the caller proved to hold in TLS, to us or to a trusted proxy.
    """

    request_id: str
    time: datetime
    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    source_ip: str
    client_certificate: bytes | None = field(default=None, repr=False)

    def header(self, name: str) -> str | None:
        """The value of the only field of this (lower-case) name, or None. Repeated fields are refused at recognition."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back to the caller, complete."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


# Who asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A gateway key as stored: the secret itself is nowhere, only its SHA-256.

    `acts_for` lists `office:BAL` and `user:u17` entries and is empty for persons; `mounts` and `cidrs` limit where the
    key is good, empty meaning everywhere.
    """

    key_id: str
    user_id: str
    kind: str  # person | service
    secret_hash: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    acts_for: tuple[str, ...]
    mounts: tuple[str, ...]
    cidrs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assurance:
    """How strongly whoever vouches says the person was authenticated (`acr`, `amr`), and when. None is unknown."""

    acr: str | None
    amr: tuple[str, ...] | None
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is asking, as proved by the credential: `user_id` is the person, None where a service named nobody.

    `on_behalf_of` is the person a service named (or a person's key wrongly named); `direct` says that the person's own
    key itself was sent in a header, which declaring contexts and accepting rules ask for. `key` stands for the
    credential also where that is no key of the gateway's; `assurance` is what an identity provider says of it.
    """

    user_id: str | None
    key: Key
    method: str  # key | token | oidc | certificate
    on_behalf_of: str | None
    direct: bool
    assurance: Assurance | None = None


# What is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateTerm:
    """A plate to search for, in normal form. A partial one keeps its wildcards as `*` (any run of characters).

    `fixed_characters` counts the letters and digits; `state` is the two-letter code, None where not given.
    """

    text: SoughtPlate = field(repr=False)
    match: str  # exact | partial | fuzzy
    fixed_characters: int
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The times searched; None is an open end."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Geo:
    """A limit by place: `kind` is radius, area, camera or site; `size_miles` the radius, None where it has none."""

    kind: str
    size_miles: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the request itself says of purpose, case and reason, from one source (headers, or the vendor's fields)."""

    purpose: str | None = None
    case_number: str | None = None
    reason_text: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A purpose and case that a person declared beforehand, for tools whose API has no field for them."""

    context_id: str
    user_id: str
    mount: str
    purpose: str
    case_number: str
    declared_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The purpose and case a request is judged by, after every source agreed.

    The sources are `header`, `vendor_field`, `context`; None where nothing was given.
    """

    purpose: str | None
    purpose_source: str | None
    case_number: str | None
    case_source: str | None
    reason_text: str | None = field(repr=False)
    context: Context | None

    @property
    def statement(self) -> str:
        """What was written besides the purpose itself, which vendors' reason fields begin with; "" for nothing."""
        text = (self.reason_text or "").strip()
        if self.purpose is not None and text.startswith(self.purpose):
            rest = text.removeprefix(self.purpose)
            if not rest or rest.lstrip()[:1] in (":", "|"):
                text = rest.lstrip()[1:].strip()
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a vendor, in canonical form. `operation` is the canonical name, as `plate.search`.

    `rest` holds the remaining listed fields, in the vendor's own names and values (a dotted path for nested ones),
    already checked, to be sent as they are. `page` is the page token as received, for page operations only.
    """

    vendor: str
    operation: str
    plate: PlateTerm | None
    window: Window | None
    limit: int | None
    geo: Geo | None
    claims: Claims
    rest: Mapping[str, Json] = field(default_factory=dict, repr=False)
    page: str | None = field(default=None, repr=False)


# What is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The person asking, as the facts know them. None is unknown, and denies."""

    user_id: str
    name: str | None
    component: str | None
    office: str | None
    roles: tuple[str, ...]
    active: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One completed course."""

    course: str
    version: str | None
    completed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One acceptance of a document, in the facts or made at the gateway, which also keeps the SHA-256 of the text."""

    document: str
    version: str | None
    accepted_at: datetime | None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMatch:
    """One known subject's plate that the plate asked for may mean (same fold; for a partial one: fits the pattern).

    `plate` is as issued; `assigned`: the person asking is a member of that subject's case; `spelling` is `same` where
    the normal forms are equal, else `folded`.
    """

    subject_id: str
    case_number: str
    relation: str | None
    active: bool | None
    assigned: bool
    plate: IssuedPlate = field(repr=False)
    plate_state: str | None
    valid_from: date | None
    valid_to: date | None
    spelling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A supervisor's approval for this person; `plate` None covers any plate in the case. The approver as of now.

    `first_seen` is when the facts first had it; None for one given at the gateway, which limits its length itself.
    One given at the gateway keeps its plate as a keyed hash: `plate_matches` then says whether it is the plate asked about.
    """

    approval_id: str
    case_number: str | None
    scope: str | None
    plate: TypedPlate | None = field(repr=False)
    approved_by: str | None
    approver_active: bool | None
    approver_roles: tuple[str, ...]
    expires_at: datetime | None
    first_seen: datetime | None = None
    plate_hash: str | None = field(default=None, repr=False)
    plate_matches: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStanding:
    """A person's emergency searches of the last 24 hours, and the reviews of theirs that are due, and overdue."""

    emergencies_24h: int
    due: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the facts are asked, all of it answered from one revision."""

    user_id: str | None
    case_number: str | None
    plate: PlateTerm | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
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


# What was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What an allow costs: `type` is one of the closed list, `params` as the policy gave them."""

    id: str
    type: str
    params: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One engine's whole answer, already checked against its schema.

    `reasons` are codes in the order the policy gave them; `document` is the canonical text (RFC 8785) of the whole
    answer; `duration_us` is the engine's time.
    """

    allow: bool
    reasons: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    policy_revision: str
    document: str
    engine: str
    engine_version: str
    duration_us: int


# What was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRule:
    """A read that may be passed on is of this plate (normal form, or pattern), state (None: any) and not older."""

    text: SoughtPlate = field(repr=False)
    state: str | None
    not_before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """The obligations on the answer, with absolute instants.

    A read passes if it lies in [not_before, not_after] and fits one of `plates`. `masked` names kinds of fields
    (`location`, `confidence`, …) to be removed; `limit` is the most reads passed on, None without bound.
    """

    not_before: datetime
    not_after: datetime
    plates: tuple[PlateRule, ...]
    masked: frozenset[str]
    strip_links: bool
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveQuery:
    """What remains of a query after narrowing: the only thing a vendor request is built from.

    `plate` is the known subject's plate in the normal form of how it was issued (or the approved pattern). `rules` are
    what its answer is filtered by; a page carries the opening search's beside its own.
    """

    vendor: str
    operation: str
    plate: SoughtPlate = field(repr=False)
    plate_state: str | None
    window: Window
    limit: int | None
    rest: Mapping[str, Json] = field(repr=False)
    purpose: str
    case_number: str
    rules: tuple[AnswerRules, ...]
    page_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOpening:
    """What a page token carries: the vendor's page id and the search that opened it, with what was declared for it."""

    page_id: str = field(repr=False)
    user_id: str
    key_id: str
    mount: str
    decision_id: str
    expires_at: datetime
    query: Query
    declared: Declared
    effective: EffectiveQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRequest:
    """The request to the vendor, built by us from start to end; without the vendor's credential, which upstream adds."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAnswer:
    """The vendor's answer, complete and within the size cap."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)


# What came back


class ReadField(NamedTuple):
    """One listed leaf of a read: its dotted path in the vendor's row, its kind, its value.

    Kinds: `plain`, `plate`, `state`, `time`, `location`, `confidence`, `link`, `id`. A tuple, because an answer has
    hundreds of them and they are made at half the cost of a dataclass.
    """

    path: str
    kind: str
    value: Json

    def __repr__(self) -> str:
        """Path and kind; the value is nobody's to print."""
        return f"ReadField(path={self.path!r}, kind={self.kind!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One plate read. None where the vendor's row has no such field or it cannot be read; such a read is dropped."""

    plate: ReadPlate | None = field(repr=False)
    state: str | None
    time: datetime | None
    fields: tuple[ReadField, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A vendor's answer, parsed by its profile: `frame` are the listed fields around the reads (as totals).

    `next_page` and `previous_page` are the vendor's page ids; `withheld` counts fields that no profile lists.
    """

    reads: tuple[Read, ...]
    frame: tuple[ReadField, ...]
    next_page: str | None = field(repr=False)
    previous_page: str | None = field(repr=False)
    withheld: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """What the obligations left of the results.

    `dropped` counts reads by why (`outside_window`, `other_plate`, `over_limit`, `unreadable`);
    `withheld` counts fields removed from the reads that stay, the unlisted ones included.
    """

    results: Results
    returned: int
    dropped: Mapping[str, int]
    withheld: int


# The record


@dataclass(slots=True, kw_only=True)
class Dossier:
    """Everything known of one request so far; each step of the journey writes its product into it.

    The one value that is not frozen: it belongs to one request, on one thread, and only grows. Whatever step refuses, the record says as much as was known. `notes` are fixed words of ours (as
    `forwarded_for_ignored`), never the caller's. `vendor_operation` is what the vendor calls the
    operation, with its route; `started_ns` is a reading of the monotonic clock; `recorded` says that
    the decision is on disk, `forwarded` that the vendor was asked, `answered` what it said, not yet filtered.
    """

    decision_id: str
    request: RawRequest
    started_ns: int = 0
    explain: bool = False
    mount: str | None = None
    vendor_profile: str | None = None
    vendor_host: str | None = None
    operation: str | None = None
    vendor_operation: str | None = None
    notes: tuple[str, ...] = ()
    identity: Identity | None = None
    query: Query | None = None
    declared: Declared | None = None
    known: Known | None = None
    queries_24h: int | None = None
    reviews: ReviewStanding | None = None
    input_text: str | None = None
    decision: Decision | None = None
    effective: EffectiveQuery | None = None
    opening: PageOpening | None = None
    budgeted: bool = False
    recorded: bool = False
    forwarded: bool = False
    answered: VendorAnswer | None = None
    vendor_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """An allowed request, narrowed and ready to be sent: of what follows nothing is unknown any more.

    `query` and `declared` are what was judged: for a page, those of the search that opened it. `opening` is what further
    pages go on from, None where there are none.
    """

    user_id: str
    identity: Identity
    query: Query
    declared: Declared
    decision: Decision
    effective: EffectiveQuery
    request: VendorRequest
    opening: PageOpening | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an allowed request ended. `reason` is None where an answer was given; `forwarded` where the vendor was asked."""

    forwarded: bool
    reason: str | None
    status: int
    vendor_status: int | None = None
    vendor_request_id: str | None = None
    result_count: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    withheld: int = 0
    bytes_from_vendor: int = 0
    bytes_out: int = 0
    vendor_ms: int = 0
    duration_ms: int = 0
