"""What was sent: the query that is left after narrowing, and the vendor's request and answer."""

from collections.abc import Mapping
from datetime import datetime

from gateway.model.json_value import Json
from gateway.model.query import Declared, Query, Window
from gateway.plates import SoughtPlate
from gateway.value import Hidden, Value


class TimeSpan(Value, frozen=True, kw_only=True):
    """A closed span of time: both ends belong to it."""

    start: datetime
    end: datetime


class PlateRule(Value, frozen=True, kw_only=True):
    """A read that may be passed on is of this plate (normal form, or pattern), state (None: any) and not older.

    Or it lies in one of `earlier`: spans in which the same subject held the plate before.
    """

    text: Hidden[SoughtPlate]
    state: str | None
    not_before: datetime
    earlier: tuple[TimeSpan, ...] = ()


class AnswerRules(Value, frozen=True, kw_only=True):
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


class EffectiveQuery(Value, frozen=True, kw_only=True):
    """What remains of a query after narrowing: the only thing a vendor request is built from.

    `plate` is the known subject's plate in the normal form of how it was issued (or the approved pattern). `rules` are
    what its answer is filtered by; a page carries the opening search's beside its own.
    """

    vendor: str
    operation: str
    plate: Hidden[SoughtPlate]
    plate_state: str | None
    window: Window
    limit: int | None
    rest: Hidden[Mapping[str, Json]]
    purpose: str
    case_number: str
    rules: tuple[AnswerRules, ...]
    page_id: Hidden[str | None] = None


class PageOpening(Value, frozen=True, kw_only=True):
    """What a page token carries: the vendor's page id and the search that opened it, with what was declared for it."""

    page_id: Hidden[str]
    user_id: str
    key_id: str
    mount: str
    decision_id: str
    expires_at: datetime
    query: Query
    declared: Declared
    effective: EffectiveQuery
    asked_at: datetime | None = None
    """When the search was asked, which its look-back is counted from; None in a token of a version that did not say."""


class VendorRequest(Value, frozen=True, kw_only=True):
    """The request to the vendor, built by us from start to end; without the vendor's credential, which upstream adds."""

    method: str
    path: str
    query: Hidden[tuple[tuple[str, str], ...]]
    headers: Hidden[tuple[tuple[str, str], ...]]
    body: Hidden[bytes | None]


class VendorAnswer(Value, frozen=True, kw_only=True):
    """The vendor's answer, complete and within the size cap."""

    status: int
    headers: Hidden[tuple[tuple[str, str], ...]]
    body: Hidden[bytes]
