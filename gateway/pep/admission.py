"""May this credential ask now, and for whom? Answered before the body is read and before anybody is looked up."""

from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.pep.ports import Ports
from gateway.pep.recorder import accounts
from gateway.pep.subject import ProvenSubject, prove_subject
from gateway.reasons import Reason


def admit(ports: Ports, case: Dossier) -> ProvenSubject:
    """Take one request from the credential's budget; then the person it is for, proved.

    Raises:
        Refusal: TOO_MANY_REQUESTS; those of `prove_subject`.
    """
    take_from_budget(ports, case)
    return prove_subject(ports, case)


def take_from_budget(ports: Ports, case: Dossier) -> None:
    """Take one request from the credential's budget, once for each request.

    Raises:
        Refusal: TOO_MANY_REQUESTS.
    """
    if case.identity is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a budget was asked before anybody was identified")
    if not case.budgeted:
        case.budgeted = True
        ports.budget.admit(accounts(case.identity))
