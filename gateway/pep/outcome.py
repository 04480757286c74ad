"""How an allowed request is answered, and what its outcome record says."""

import time
from collections.abc import Mapping
from datetime import datetime

import orjson

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.model import Answer, Dossier, EffectiveQuery, Filtered, Json, Outcome, Permit, Query, VendorAnswer
from gateway.obligations import UNREADABLE, absolute
from gateway.pep.ports import FailurePort, Mounted
from gateway.reasons import Reason
from gateway.upstream import VendorFailure
from gateway.value import replace

PAGE = "plate.page"
_OK = 200
_DECISION = "X-LPR-Decision"
_LIMIT = "X-LPR-Limit"
_WINDOW = "X-LPR-Window"
_UNREADABLE = "X-LPR-Unreadable"
_SPELLING = "X-LPR-Spelling"
_AS_TYPED = "search_typed_plate"
Headers = tuple[tuple[str, str], ...]


def reply(mounted: Mounted, case: Dossier, body: bytes, warnings: Headers = ()) -> Answer:
    """The filtered answer, as the vendor's own would look, and what the person is warned of."""
    headers = (
        ("Content-Type", mounted.profile.media.answer),
        ("Cache-Control", "no-store"),
        (_DECISION, case.decision_id),
        *warnings,
    )
    return Answer(status=_OK, headers=headers, body=body)


def tell_limit(effective: EffectiveQuery, filtered: Filtered) -> Headers:
    """The header that says so where the vendor gave as many reads as may come at once, and named no further page."""
    given = filtered.returned + sum(filtered.dropped.values())
    if effective.limit is None or given < effective.limit or filtered.results.next_page is not None:
        return ()
    return ((_LIMIT, str(effective.limit)),)


def tell_window(asked: Query, effective: EffectiveQuery) -> Headers:
    """The header that gives the times that were searched, where these are fewer than were asked for."""
    wanted, searched = asked.window, effective.window
    is_whole = wanted is not None and (searched.start, searched.end) == (wanted.start, wanted.end)
    return () if is_whole or wanted is None else ((_WINDOW, f"{_time(searched.start)}/{_time(searched.end)}"),)


def tell_spelling(permit: Permit) -> Headers:
    """The header that says so where another spelling was searched than was typed: the plate as it was issued.

    In a part of one, and in an emergency, O and 0 are searched as they were typed, for nobody knows which is meant: that is said too. The plate itself
    is not in it, for proxies write headers down.
    """
    typed = permit.query.plate
    if typed is None:
        return ()
    if typed.text != permit.effective.plate:
        return ((_SPELLING, "as-issued"),)
    as_typed = typed.match == "partial" or any(one.type == _AS_TYPED for one in permit.decision.obligations)
    return ((_SPELLING, "as-typed"),) if as_typed and {"O", "0"} & {*typed.text} else ()


def require_readable(filtered: Filtered) -> None:
    """Refuse an answer of which nothing passes, and of which something cannot be read: that would be told as "no reads".

    Raises:
        Refusal: VENDOR_ANSWER_UNUSABLE.
    """
    if filtered.dropped.get(UNREADABLE) and not filtered.returned:
        raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note="no read with a time and a plate that can be read")


def tell_unread(failures: FailurePort, case: Dossier, filtered: Filtered) -> Headers:
    """The header that says how many reads stayed out because they cannot be read; the operator is told as well."""
    unread = filtered.dropped.get(UNREADABLE)
    if not unread:
        return ()
    failures.note_unread(vendor=case.mount, decision_id=case.decision_id, reads=unread)
    return ((_UNREADABLE, str(unread)),)


def outcome(case: Dossier, filtered: Filtered, body: bytes) -> Outcome:
    """How an answered request ended."""
    return replace(
        _so_far(case),
        status=_OK,
        result_count=filtered.returned,
        dropped=filtered.dropped,
        withheld=filtered.withheld,
        bytes_out=len(body),
    )


def failure(case: Dossier, refusal: Refusal, answer: Answer) -> Outcome:
    """How an allowed request ended that was not answered as hoped."""
    found = replace(_so_far(case), reason=refusal.reason.value, status=answer.status, bytes_out=len(answer.body))
    if isinstance(refusal, VendorFailure):
        return replace(found, forwarded=refusal.sent, vendor_status=refusal.status)
    return found


def _so_far(case: Dossier) -> Outcome:
    answer = case.answered
    return Outcome(
        forwarded=case.forwarded,
        reason=None,
        status=0,
        vendor_status=answer.status if answer else None,
        vendor_request_id=_vendor_request_id(answer) if answer else None,
        bytes_from_vendor=len(answer.body) if answer else 0,
        vendor_ms=case.vendor_ms,
        duration_ms=_elapsed_ms(case),
    )


def _vendor_request_id(answer: VendorAnswer) -> str | None:
    """The vendor's own id of the request, where it gives one in plain characters."""
    value = next((value for name, value in answer.headers if name == "x-request-id"), None)
    return value if value is not None and len(value) <= 128 and value.isascii() and value.isprintable() else None  # noqa: PLR2004


def _elapsed_ms(case: Dossier) -> int:
    """Milliseconds since the request arrived."""
    return (time.monotonic_ns() - case.started_ns) // 1_000_000


def explanation(permit: Permit, decision_id: str, warnings: Headers = ()) -> Answer:
    """What an allowed search would have been: nothing was sent."""
    effective = permit.effective
    document: dict[str, Json] = {
        "allow": True,
        "decision_id": decision_id,
        "reasons": [],
        "obligations": [_tell_obligation(one) for one in absolute(effective, permit.decision.obligations)],
        "window": {"start": _time(effective.window.start), "end": _time(effective.window.end)},
        "limit": effective.limit,
    }
    return Answer(status=_OK, headers=(*_JSON, *warnings), body=orjson.dumps(document))


def _tell_obligation(obligation: Mapping[str, Json]) -> Json:
    """Without the places of what counts in all that is known of the plate: they would say who else has it."""
    return {name: value for name, value in obligation.items() if name != "matches"}


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


_JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
