"""The one thing to put right where a search is not open to an emergency: told in place of remedies that could not help.

An emergency is one whole plate, without a place. No approval of another scope changes that, so none is advised.
"""

from collections.abc import Collection

from gateway.model import Dossier
from gateway.pep.problem import Remedy
from gateway.reasons import AnyReason, Reason
from gateway.value import Value

OF_ITS_WAY = (Reason.EMERGENCY_NOT_ALLOWED, Reason.GEO_SEARCH_NOT_APPROVED, Reason.PARTIAL_PLATE_NOT_APPROVED)
"""Refusals with one remedy where the emergency is not open in this way: to search in the way that is."""


class EmergencyWays(Value, frozen=True, kw_only=True):
    """For whom, and in which operations, the table opens an emergency; nothing where it does not say."""

    roles: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()


def tell_way(
    case: Dossier, told: Collection[AnyReason], ways: EmergencyWays, whole_search: str | None
) -> dict[AnyReason, Remedy]:
    """The remedy of each reason that is told for the way of an emergency; none where its way is not what is wrong.

    `whole_search` is where this vendor searches whole plates.
    """
    if Reason.EMERGENCY_NOT_ALLOWED not in told or (sentence := _find_wrong(case, ways, whole_search)) is None:
        return {}
    remedy = Remedy(sentence)
    return {reason: remedy for reason in OF_ITS_WAY if reason in told}


def _find_wrong(case: Dossier, ways: EmergencyWays, whole_search: str | None) -> str | None:
    """What is wrong with it, in one sentence; None where enough is not known."""
    query = case.opening.query if case.opening else case.query
    subject = case.known.subject if case.known is not None else None
    if query is None or subject is None:
        return None
    wrong, where = [], "" if whole_search is None else f" at {whole_search}"
    if not set(ways.roles).intersection(subject.roles):
        wrong.append(f"An emergency is searched by these roles: {', '.join(ways.roles) or 'none'}. Call one of them.")
    if query.plate is None or query.plate.match != "exact":
        wrong.append(f"Give one whole plate{where}: no part of one, and no look-alikes.")
    elif query.operation not in ways.operations:
        wrong.append(f"Search for the one plate{where}: this operation is not open to emergencies.")
    if query.geo is not None:
        wrong.append(
            "Leave out the place: an emergency is one whole plate without a place, and no approval changes that."
        )
    return " ".join(wrong) or None
