"""That a context named the purpose or the case which a refusal is about: who declared one hours ago may not think of it.

Told to that person, also by way of a service that searches for them, and only that it was so: it says nothing of the plate,
and names neither the purpose nor the case that they declared.
"""

from collections.abc import Collection, Iterable
from datetime import UTC

from gateway.model import Dossier
from gateway.reasons import AnyReason, Reason

_ABOUT: Collection[AnyReason] = frozenset(
    {
        Reason.CASE_NOT_ASSIGNED,
        Reason.CASE_CLOSED,
        Reason.EMERGENCY_CIRCUMSTANCE,
        Reason.EMERGENCY_NEEDS_SECOND_PERSON,
        Reason.EMERGENCY_NOT_ALLOWED,
        Reason.GEO_SEARCH_NOT_APPROVED,
        Reason.LOOKBACK_TOO_LONG,
        Reason.PARTIAL_PLATE_NOT_APPROVED,
        Reason.PURPOSE_CASE_MISMATCH,
        Reason.PURPOSE_NEEDS_APPROVAL,
        Reason.PURPOSE_NOT_ALLOWED,
        Reason.REASON_MISSING,
        Reason.TARGET_NOT_SUBJECT,
        Reason.TARGET_PLATE_EXPIRED,
        Reason.TARGET_UNKNOWN,
    }
)
"""Reasons, as told, that another purpose or case could have spared."""
_CONTEXT, _PERSON = "context", "person"


def find_about_context(told: Iterable[AnyReason]) -> AnyReason | None:
    """The first of these beside whose remedy a context is told of; None where none is about purpose, case or target."""
    return next((reason for reason in told if reason in _ABOUT), None)


def tell_context(case: Dossier) -> str | None:
    """That purpose, case or both come of a context, and since when; None where they do not."""
    declared, identity = case.declared, case.identity
    if declared is None or declared.context is None or identity is None:
        return None
    sources = (("the purpose", declared.purpose_source), ("the case", declared.case_source))
    named = [what for what, source in sources if source == _CONTEXT]
    if not named:
        return None
    who = "you" if identity.key.kind == _PERSON else "the person searched for"
    since = f"{declared.context.declared_at.astimezone(UTC):%H:%M} UTC"
    comes = "comes" if len(named) == 1 else "come"
    return (
        f"{' and '.join(named).capitalize()} {comes} of the context that {who} declared at {since} (GET /gateway/contexts): "
        "end it, or declare another, where this search is for something else."
    )
