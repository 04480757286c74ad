"""The purpose that a person probably meant: `criminal_investigation` for "Criminal Investigation".

What is suggested comes from the policy's own table, which every officer may read, and follows from what was sent alone.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from gateway.model import Dossier
from gateway.reasons import AnyReason, Reason

_NEAR = 0.75
_OF_PURPOSE = frozenset({Reason.PURPOSE_MISSING, Reason.PURPOSE_NOT_ALLOWED, Reason.REQUEST_MALFORMED})
_APART = re.compile(r"[^a-z]+")


def suggest_purpose(case: Dossier, reason: AnyReason, field: str | None, purposes: Iterable[str]) -> str | None:
    """A sentence with the code that was probably meant; None where none is near, or the purpose is not what is wrong."""
    if reason not in _OF_PURPOSE or (reason is Reason.REQUEST_MALFORMED and field != "X-LPR-Purpose"):
        return None
    written = _APART.sub("_", (_written(case) or "").lower()).strip("_")
    meant = next(iter(get_close_matches(written, [*purposes], n=1, cutoff=_NEAR)), None)
    return None if meant is None or meant == _written(case) else f"Did you mean {meant}?"


def _written(case: Dossier) -> str | None:
    """What stands where the purpose belongs: in the header, else before the first `|` or `:` of the vendor's reason."""
    header = case.request.header("x-lpr-purpose")
    if header:
        return header
    claims = case.query.claims if case.query else None
    if claims is None:
        return None
    return claims.purpose or re.split(r"[|:]", claims.reason_text or "", maxsplit=1)[0]
