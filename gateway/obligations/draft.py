"""The draft that obligations work on, and the one table of what each of them does to it.

Every obligation can only narrow a draft, and does so by a minimum, a maximum, a union or an intersection. So neither
their order nor one given twice makes a difference.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from gateway.errors import Refusal
from gateway.model import Obligation, Query
from gateway.obligation_types import (
    CITE_APPROVALS,
    CLAMP_WINDOW,
    DROP_OLD_READS,
    DROP_OTHER_PLATES,
    LIMIT_RESULTS,
    MASK_FIELDS,
    NOTIFY,
    REQUIRE_REVIEW,
    SEARCH_TYPED_PLATE,
    SET_EXPIRY,
    STRIP_LINKS,
    read_parameters,
)
from gateway.reasons import Reason

Params: TypeAlias = Mapping[str, Any]


class Draft(NamedTuple):
    """A query on its way to being effective; a tuple, because each obligation makes another one. `now` and `matches` (how many known plates there are) stay as they are.

    `counting` holds the indexes of the known plates that may be searched for, None until an obligation names them;
    `young_only` says that reads older than the window or the plate are to be dropped; `typed` that a plate nobody
    knows may be searched as it was typed, in an emergency. `approvals` are the ids of those that are known.
    """

    now: datetime
    matches: int
    start: datetime
    end: datetime
    limit: int | None
    counting: frozenset[int] | None = None
    masked: frozenset[str] = frozenset()
    strip_links: bool = False
    young_only: bool = False
    typed: bool = False
    approvals: frozenset[str] = frozenset()


def begin_draft(query: Query, *, matches: int, now: datetime, approvals: frozenset[str] = frozenset()) -> Draft:
    """The draft of what was asked, its end no later than now.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE where there is no closed window, or none that has begun.
    """
    window = query.window
    if window is None or window.start is None or window.end is None:
        raise impossible("window")
    end = min(window.end, now)
    if window.start > end:
        raise impossible("window")
    return Draft(now=now, matches=matches, start=window.start, end=end, limit=query.limit, approvals=approvals)


def execute(draft: Draft, obligation: Obligation) -> Draft:
    """The draft after one more obligation.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE for an unknown type, parameters of another shape, or what a search cannot do;
            LOOKBACK_TOO_LONG where nothing of the window is left.
    """
    try:
        params = read_parameters(obligation.type, obligation.params)
    except ValueError as name:
        raise impossible(str(name)) from None
    return OBLIGATIONS[obligation.type](draft, params)


def impossible(field: str) -> Refusal:
    """The refusal for a condition of the policy that cannot be met; `field` is a word of ours."""
    return Refusal(Reason.OBLIGATION_NOT_POSSIBLE, field=field)


def _clamp_window(draft: Draft, params: Params) -> Draft:
    start = max(draft.start, draft.now - timedelta(days=params["max_lookback_days"]))
    if start > draft.end:
        raise Refusal(Reason.LOOKBACK_TOO_LONG, note="the permitted look-back leaves nothing of the window")
    return draft._replace(start=start)


def _limit_results(draft: Draft, params: Params) -> Draft:
    most = params["max"]
    return draft._replace(limit=most if draft.limit is None else min(draft.limit, most))


def _drop_reads_older_than(draft: Draft, params: Params) -> Draft:  # noqa: ARG001 - there is one basis
    return draft._replace(young_only=True)


def _drop_other_plates(draft: Draft, params: Params) -> Draft:
    counting = frozenset(params["matches"])
    if not all(index < draft.matches for index in counting):
        raise impossible("matches")
    return draft._replace(counting=counting if draft.counting is None else draft.counting & counting)


def _strip_links(draft: Draft, params: Params) -> Draft:  # noqa: ARG001 - all links, or none
    return draft._replace(strip_links=True)


def _mask_fields(draft: Draft, params: Params) -> Draft:
    return draft._replace(masked=draft.masked | frozenset(params["kinds"]))


def _set_expiry(draft: Draft, params: Params) -> Draft:  # noqa: ARG001
    """Entries of a hot list expire; a search has nothing that could, and what cannot be done is refused."""
    raise impossible("max_days")


def _notify(draft: Draft, params: Params) -> Draft:  # noqa: ARG001
    """Done by the decision's record, which names the channel and is durable before the vendor is asked."""
    return draft


def _search_typed_plate(draft: Draft, _params: Params) -> Draft:
    """Where no known plate counts, the plate goes out as it was typed, and the answer is filtered to it."""
    return draft._replace(typed=True)


def _require_review(draft: Draft, _params: Params) -> Draft:
    """Noted before the vendor is asked, by what keeps reviews."""
    return draft


def _cite_approvals(draft: Draft, params: Params) -> Draft:
    """Done by the decision's record; one that is not known cannot be what let the search through."""
    if not draft.approvals.issuperset(params["approvals"]):
        raise impossible("approvals")
    return draft


OBLIGATIONS: Mapping[str, Callable[[Draft, Params], Draft]] = MappingProxyType(
    {
        CLAMP_WINDOW: _clamp_window,
        LIMIT_RESULTS: _limit_results,
        DROP_OLD_READS: _drop_reads_older_than,
        DROP_OTHER_PLATES: _drop_other_plates,
        MASK_FIELDS: _mask_fields,
        STRIP_LINKS: _strip_links,
        SET_EXPIRY: _set_expiry,
        NOTIFY: _notify,
        SEARCH_TYPED_PLATE: _search_typed_plate,
        REQUIRE_REVIEW: _require_review,
        CITE_APPROVALS: _cite_approvals,
    }
)
"""What each type of the closed list does."""
