"""What an emergency that failed counts for: for nothing where it surely never reached the vendor, else as any other."""

from gateway.errors import Refusal
from gateway.model import Dossier
from gateway.pep.ports import EmergenciesPort
from gateway.upstream import VendorFailure

_UNSENT = (
    "Nothing was sent to the vendor: it counts as no emergency, and no review of it is due; as a search it counts."
)
_COUNTS = "It may have reached the vendor: this emergency counts, and its review is due."
_NOT_NOTED = "It could not be noted that nothing was sent: this emergency counts, and its review is due."


def settle_emergency(emergencies: EmergenciesPort, case: Dossier, refusal: Refusal) -> None:
    """Take back the review of an emergency that was never sent; the refusal then says what it counts for.

    Whatever cannot be taken back, for want of a record or of the store, counts.
    """
    unsent = isinstance(refusal, VendorFailure) and not refusal.sent
    told = _close_unsent(emergencies, case) if unsent else _COUNTS
    refusal.hint = " ".join(filter(None, (refusal.hint, told)))


def _close_unsent(emergencies: EmergenciesPort, case: Dossier) -> str:
    try:
        emergencies.close_unsent(case)
    except Refusal:
        return _NOT_NOTED
    return _UNSENT
