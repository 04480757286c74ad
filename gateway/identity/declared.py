"""What a request is for: purpose and case, from every source that says so, which must all say the same."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from gateway.errors import Refusal
from gateway.model import EMERGENCY, Claims, Context, Declared, RawRequest
from gateway.model.case_numbers import FORM, is_case_number
from gateway.reasons import Reason
from gateway.unseen import tell_unseen_in_header

_PURPOSE = re.compile(r"[a-z][a-z_]{2,63}")

Sourced = Sequence[tuple[str, str | None]]


def header_claims(raw: RawRequest) -> Claims:
    """What X-LPR-Purpose and X-LPR-Case say. Whether they are there only once is checked at recognition.

    Raises:
        Refusal: REQUEST_MALFORMED, naming the header that is not in its form. An empty one is not.
    """
    return Claims(
        purpose=_check_form(raw.header("x-lpr-purpose"), _is_purpose, "X-LPR-Purpose"),
        case_number=_check_form(raw.header("x-lpr-case"), is_case_number, "X-LPR-Case"),
    )


_EMPTY = "It is empty: give a value, or leave it out."
VENDOR_FIELD, SEARCH = "vendor_field", "search"
_SEARCH = "the search whose page this is"
_NO_COLON = " Where the reason is words alone, write it without a colon or |."
_CONTEXT = (
    "the context that you declared at {at} UTC (GET /gateway/contexts: end it, or declare another, where this search is for "
    "something else)"
)
_PLACES = {
    (Reason.PURPOSE_AMBIGUOUS, "header"): "the header X-LPR-Purpose",
    (
        Reason.PURPOSE_AMBIGUOUS,
        "vendor_field",
    ): "the vendor's reason field, before its first colon or | or as its only word",
    (Reason.PURPOSE_AMBIGUOUS, "context"): _CONTEXT,
    (Reason.CASE_AMBIGUOUS, "header"): "the header X-LPR-Case",
    (Reason.CASE_AMBIGUOUS, "vendor_field"): "the vendor's case field",
    (Reason.CASE_AMBIGUOUS, "context"): _CONTEXT,
    (Reason.PURPOSE_AMBIGUOUS, SEARCH): _SEARCH,
    (Reason.CASE_AMBIGUOUS, SEARCH): _SEARCH,
}
"""Where each was found, in words: whoever wrote one of them may not know of the other."""


def declare(
    header_claims: Claims,
    vendor_claims: Claims,
    context: Context | None,
    *,
    now: datetime,
    said_in: str = VENDOR_FIELD,
    circumstances: Collection[str] = (),
    may_mean_purpose: Callable[[str], bool] = lambda _: True,
) -> Declared:
    """The purpose and case to judge by: the header's, else the vendor field's, else the declared context's.

    `said_in` is where the vendor's claims stood: in its fields, or in the search whose page is asked for.
    A context counts until it expires, needed or not: one that says otherwise than the request does is a contradiction.

    Raises:
        Refusal: PURPOSE_AMBIGUOUS, CASE_AMBIGUOUS where two sources differ; REQUEST_MALFORMED for a vendor field that is
            not in its form.
    """
    if context is not None and now >= context.expires_at:
        context = None
    declared_before = context.purpose if context else None
    elsewhere = {header_claims.purpose, declared_before} - {None}
    spoken = _read_purpose(vendor_claims, elsewhere, circumstances, may_mean_purpose)
    purpose_source, purpose = _agree(
        (
            ("header", header_claims.purpose),
            (said_in, _check_form(spoken, _is_purpose, "purpose")),
            ("context", declared_before),
        ),
        Reason.PURPOSE_AMBIGUOUS,
        context,
    )
    case_source, case_number = _agree(
        (
            ("header", header_claims.case_number),
            (said_in, _check_form(vendor_claims.case_number, is_case_number, "case_number")),
            ("context", context.case_number if context else None),
        ),
        Reason.CASE_AMBIGUOUS,
        context,
    )
    return Declared(
        purpose=purpose,
        purpose_source=purpose_source,
        case_number=case_number,
        case_source=case_source,
        reason_text=vendor_claims.reason_text,
        context=context if "context" in (purpose_source, case_source) else None,
    )


def _read_purpose(
    claims: Claims,
    elsewhere: Collection[str | None],
    circumstances: Collection[str],
    may_mean_purpose: Callable[[str], bool],
) -> str | None:
    """The purpose that the vendor's field says.

    Where it is said `elsewhere`, the field's first word is none if that is an emergency and the word one of its
    `circumstances`, or if the word cannot be meant for one (`burglary`) and is the whole field, or begins an emergency's
    statement (`kidnaping`, of which the policy then says which circumstances there are).
    """
    if claims.purpose is None or not elsewhere:
        return claims.purpose
    if EMERGENCY in elsewhere and claims.purpose in circumstances:
        return None
    stands_alone = (claims.reason_text or "").strip(" ") == claims.purpose
    is_words = stands_alone or EMERGENCY in elsewhere
    return None if is_words and not may_mean_purpose(claims.purpose) else claims.purpose


def _agree(sourced: Sourced, otherwise: Reason, context: Context | None) -> tuple[str | None, str | None]:
    """The first source that says anything, and what all that do say."""
    said = [(source, value) for source, value in sourced if value is not None]
    if len({value for _, value in said}) > 1:
        places = "; ".join(_PLACES[otherwise, source] for source, _ in said)
        at = "" if context is None else f"{context.declared_at.astimezone(UTC):%H:%M}"
        in_words = otherwise is Reason.PURPOSE_AMBIGUOUS and any(source == VENDOR_FIELD for source, _ in said)
        raise Refusal(otherwise, hint=f"They stand in: {places.format(at=at)}.{_NO_COLON if in_words else ''}")
    return said[0] if said else (None, None)


def _is_purpose(text: str) -> bool:
    return _PURPOSE.fullmatch(text) is not None


def _check_form(value: str | None, is_formed: Callable[[str], bool], field: str) -> str | None:
    if value is not None and not is_formed(value):
        allowed = f"Allowed: {FORM}." if is_formed is is_case_number else None
        hint = (tell_unseen_in_header(value) or allowed) if value else _EMPTY
        raise Refusal(Reason.REQUEST_MALFORMED, field=field, hint=hint)
    return value
