"""What was sent: the query that is left after narrowing, and the vendor's request and answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.model.json_value import Json
from gateway.model.query import Declared, Query, Window
from gateway.plates import SoughtPlate


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
