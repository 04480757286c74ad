"""What an approval can be asked for at all: what none could let through is told to who asks, and not approved in vain."""

from typing import Final

from gateway.approvals import PARTIAL, PROTECTED, Wanted
from gateway.endpoints.contexts import OPEN_CASE
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import Refusal
from gateway.model import Declared, Dossier, Question
from gateway.pep.cited_case import refuse_like_plate
from gateway.plates import WILDCARD, SoughtPlate, in_clear
from gateway.reasons import Reason

_BY_REFUSAL: Final = "Of an emergency's call, ask by the decision_id of the refusal."
_WHOLE: Final = "Allowed: a whole plate. Part of one belongs to partial_plate, or to the refusal of a search that also wants another scope."


def find_bound(endpoint: EndpointContext, wanted: Wanted) -> str | None:
    """The bound of the tables that this plate is outside of, whoever approves it; None where it is within."""
    least = endpoint.ports.fixed_characters()
    if wanted.scope != PARTIAL or wanted.plate is None or least is None:
        return None
    return f"Allowed: at least {least:g} fixed characters." if count_fixed(wanted.plate) < least else None


def count_fixed(plate: SoughtPlate) -> int:
    """How many characters of a plate, or of part of one, are given."""
    return len(in_clear(plate).replace(WILDCARD, ""))


def check_could_count(endpoint: EndpointContext, case: Dossier, user_id: str, wanted: Wanted) -> None:
    """Refuse what no approval could ever let through, before anybody waits for one.

    Raises:
        Refusal: REQUEST_OUT_OF_RANGE, CASE_NOT_ASSIGNED, CASE_CLOSED.
    """
    if (bound := find_bound(endpoint, wanted)) is not None:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="plate", hint=bound)
    if wanted.scope != PARTIAL and wanted.plate is not None and WILDCARD in in_clear(wanted.plate):
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="plate", hint=_WHOLE)
    known = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=wanted.case_number, plate=None))
    found = known.case
    if found is None or not found.assigned:
        refuse_like_plate(wanted.case_number, _BY_REFUSAL)
    if wanted.scope == PROTECTED:
        return  # an emergency's case may be a call's number, which no facts know
    if found is None or not found.assigned:
        raise Refusal(Reason.CASE_NOT_ASSIGNED)
    if found.status != OPEN_CASE:
        case.known, case.declared = known, _declare(wanted.case_number)  # so that a member of the case is told
        raise Refusal(Reason.CASE_CLOSED)


def _declare(case_number: str) -> Declared:
    """A case that a request for an approval names, as a search would."""
    return Declared(
        purpose=None,
        purpose_source=None,
        case_number=case_number,
        case_source=None,
        reason_text=None,
        context=None,
    )
