"""The record's view of one request: all that is known of it so far, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from gateway.model.decision import Decision
from gateway.model.effective import EffectiveQuery, PageOpening, VendorAnswer, VendorRequest
from gateway.model.identity import Identity
from gateway.model.knowledge import Known, ReviewStanding
from gateway.model.query import Declared, Query
from gateway.model.request import RawRequest
from gateway.model.usage import Usage
from gateway.value import Value


@dataclass(slots=True, kw_only=True)
class Dossier:
    """Everything known of one request so far; each step of the journey writes its product into it.

    The one value that is not frozen: it belongs to one request, on one thread, and only grows. Whatever step refuses, the
    record says as much as was known. `notes` are fixed words of ours (as `forwarded_for_ignored`), never the caller's.
    `vendor_operation` is what the vendor calls the operation, with its route; `withheld_case` is the case number as typed,
    where it may not be kept in clear; `started_ns` is a reading of the monotonic clock; `recorded` says that the decision
    is on disk, `forwarded` that the vendor was asked, `answered` what it said, not yet filtered. `hints` is what a refusal
    told beside its remedies, by the codes of the reasons; `review_due` says that an emergency's review was opened.
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
    withheld_case: str | None = None
    known: Known | None = None
    usage: Usage | None = None
    reviews: ReviewStanding | None = None
    policy_reviewed: datetime | None = None
    input_text: str | None = None
    decision: Decision | None = None
    effective: EffectiveQuery | None = None
    opening: PageOpening | None = None
    budgeted: bool = False
    recorded: bool = False
    review_due: bool = False
    forwarded: bool = False
    answered: VendorAnswer | None = None
    vendor_ms: int = 0
    hints: Mapping[str, str] = field(default_factory=dict)


class Permit(Value, frozen=True, kw_only=True):
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


class Outcome(Value, frozen=True, kw_only=True):
    """How an allowed request ended. `reason` is None where an answer was given; `forwarded` where the vendor was asked."""

    forwarded: bool
    reason: str | None
    status: int
    vendor_status: int | None = None
    vendor_request_id: str | None = None
    result_count: int | None = None
    dropped: Mapping[str, int] = msgspec.field(default_factory=dict)
    withheld: int = 0
    bytes_from_vendor: int = 0
    bytes_out: int = 0
    vendor_ms: int = 0
    duration_ms: int = 0
