"""The draft that obligations work on, and the one table of what each of them does to it.

Every obligation can only narrow a draft, and does so by a minimum, a maximum, a union or an intersection. So neither
their order nor one given twice makes a difference.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from gateway.errors import Refusal
from gateway.model import Json, Obligation, Query
from gateway.reasons import Reason

Params = Mapping[str, Json]

MASKABLE = frozenset({"plain", "location", "confidence", "link", "id"})
"""Kinds of fields that can be masked. Without plate, state and time a read could not be judged a second time."""

_CHANNEL = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A query on its way to being effective. `now` and `matches` (how many known plates there are) stay as they are.

    `counting` holds the indexes of the known plates that may be searched for, None until an obligation names them;
    `young_only` says that reads older than the window or the plate are to be dropped.
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


def begin_draft(query: Query, *, matches: int, now: datetime) -> Draft:
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
    return Draft(now=now, matches=matches, start=window.start, end=end, limit=query.limit)


def execute(draft: Draft, obligation: Obligation) -> Draft:
    """The draft after one more obligation.

    Raises:
        Refusal: OBLIGATION_NOT_POSSIBLE for an unknown type, parameters of another shape, or what a search cannot do;
            LOOKBACK_TOO_LONG where nothing of the window is left.
    """
    execute = OBLIGATIONS.get(obligation.type)
    if execute is None:
        raise impossible("obligations")
    return execute(draft, obligation.params)


def impossible(field: str) -> Refusal:
    """The refusal for a condition of the policy that cannot be met; `field` is a word of ours."""
    return Refusal(Reason.OBLIGATION_NOT_POSSIBLE, field=field)


def _require_only(params: Params, name: str) -> Json:
    """The one parameter of an obligation. Anything beside it would go unheeded, so it is refused."""
    if params.keys() != {name}:
        raise impossible(name)
    return params[name]


def _clamp_window(draft: Draft, params: Params) -> Draft:
    days = _require_only(params, "max_lookback_days")
    if isinstance(days, bool) or not isinstance(days, int | float) or not days >= 0:
        raise impossible("max_lookback_days")
    try:
        start = max(draft.start, draft.now - timedelta(days=days))
    except OverflowError:
        raise impossible("max_lookback_days") from None
    if start > draft.end:
        raise Refusal(Reason.LOOKBACK_TOO_LONG, note="the permitted look-back leaves nothing of the window")
    return replace(draft, start=start)


def _limit_results(draft: Draft, params: Params) -> Draft:
    most = _require_only(params, "max")
    if isinstance(most, float) and most.is_integer():  # JSON knows no difference between 5.0 and 5
        most = int(most)
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise impossible("max")
    return replace(draft, limit=most if draft.limit is None else min(draft.limit, most))


def _drop_reads_older_than(draft: Draft, params: Params) -> Draft:
    if _require_only(params, "basis") != "window_or_plate_start":
        raise impossible("basis")
    return replace(draft, young_only=True)


def _drop_other_plates(draft: Draft, params: Params) -> Draft:
    indexes = _require_only(params, "matches")
    if not isinstance(indexes, list | tuple):
        raise impossible("matches")
    counting = frozenset(
        index
        for index in indexes
        if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < draft.matches
    )
    if len(counting) != len(indexes):
        raise impossible("matches")
    return replace(draft, counting=counting if draft.counting is None else draft.counting & counting)


def _strip_links(draft: Draft, params: Params) -> Draft:
    if params:
        raise impossible("strip_links")
    return replace(draft, strip_links=True)


def _mask_fields(draft: Draft, params: Params) -> Draft:
    kinds = _require_only(params, "kinds")
    if not isinstance(kinds, list | tuple) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        raise impossible("kinds")
    masked = frozenset(str(kind) for kind in kinds)
    if not masked <= MASKABLE:
        raise impossible("kinds")
    return replace(draft, masked=draft.masked | masked)


def _set_expiry(draft: Draft, params: Params) -> Draft:  # noqa: ARG001
    """Entries of a hot list expire; a search has nothing that could, and what cannot be done is refused."""
    raise impossible("max_days")


def _notify(draft: Draft, params: Params) -> Draft:
    """Done by the decision's record, which names the channel and is durable before the vendor is asked."""
    channel = _require_only(params, "channel")
    if not isinstance(channel, str) or _CHANNEL.fullmatch(channel) is None:
        raise impossible("channel")
    return draft


OBLIGATIONS: Mapping[str, Callable[[Draft, Params], Draft]] = MappingProxyType(
    {
        "clamp_window": _clamp_window,
        "limit_results": _limit_results,
        "drop_reads_older_than": _drop_reads_older_than,
        "drop_other_plates": _drop_other_plates,
        "mask_fields": _mask_fields,
        "strip_links": _strip_links,
        "set_expiry": _set_expiry,
        "notify": _notify,
    }
)
"""The closed list: what is not here cannot be promised, so it refuses."""
