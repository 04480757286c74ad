"""The one shape of every refusal: RFC 9457 problem details, in words for the officer at the other end."""

from collections.abc import Mapping
from types import MappingProxyType

import orjson

from gateway.disclosure import Disclosed
from gateway.model import Answer, Json
from gateway.reasons import AnyReason

PROBLEM = "application/problem+json"
_RETRY_AFTER_S = 30


class Remedy(str):
    """A sentence that is told in place of the usual remedy, where that one would send somebody the wrong way."""

    __slots__ = ()


Hints = Mapping[AnyReason, str]
"""A sentence on what may stand there instead, by the reason beside whose remedy it is told."""
NO_HINTS: Hints = MappingProxyType({})


def problem(
    told: Disclosed,
    *,
    request_id: str,
    decision_id: str | None = None,
    field: str | None = None,
    retry_after_s: int | None = None,
    media_type: str = PROBLEM,
    extensions: Mapping[str, Json] | None = None,
    hints: Hints = NO_HINTS,
) -> Answer:
    """The answer that tells these reasons; the first one gives the status.

    `field` is one of our own names for what is to be put right. `extensions` are members that the vendor's own tools look for; they never replace ours.
    """
    first = told.first.text
    document: dict[str, Json] = dict(extensions or {}) | {
        "type": f"urn:lpr-gateway:reason:{told.first.value}",
        "title": first.sentence,
        "status": first.status,
        "detail": " ".join(tell_reason(reason, field, hints.get(reason)) for reason in told),
        "instance": f"urn:uuid:{request_id}",
        "reasons": describe_reasons(told, field, hints),
    }
    if decision_id is not None:
        document["decision_id"] = decision_id
    headers = [("Content-Type", media_type), ("Cache-Control", "no-store")]
    headers += _status_headers(first.status, retry_after_s)
    return Answer(status=first.status, headers=tuple(headers), body=orjson.dumps(document))


def describe_reasons(told: Disclosed, field: str | None, hints: Hints) -> list[Json]:
    """Each reason that is told."""
    return [describe_reason(reason, field, hints.get(reason)) for reason in told]


def tell_reason(reason: AnyReason, field: str | None, hint: str | None) -> str:
    """What is so, what to put right, and what may stand there instead."""
    return f"{_sentence(reason, field)} {tell_remedy(reason, hint)}"


def tell_remedy(reason: AnyReason, hint: str | None) -> str:
    """What to put right."""
    fix = reason.text.fix
    if isinstance(hint, Remedy):
        return hint
    return fix if hint is None else f"{fix} {hint}"


def _sentence(reason: AnyReason, field: str | None) -> str:
    sentence = reason.text.sentence
    return sentence if field is None else f"{sentence.rstrip('.')}: {field}."


def describe_reason(reason: AnyReason, field: str | None, hint: str | None) -> dict[str, Json]:
    """One reason: its code, what is so, what to put right; and the field, where one is named."""
    told: dict[str, Json] = {
        "code": reason.value,
        "message": _sentence(reason, field),
        "fix": tell_remedy(reason, hint),
    }
    return told if field is None else told | {"field": field}


def _status_headers(status: int, retry_after_s: int | None) -> list[tuple[str, str]]:
    if status == 401:  # noqa: PLR2004 - HTTP's number
        return [("WWW-Authenticate", 'Bearer realm="lpr-gateway"')]
    if status in (429, 503):
        return [("Retry-After", str(retry_after_s or _RETRY_AFTER_S))]
    return [] if retry_after_s is None else [("Retry-After", str(retry_after_s))]
