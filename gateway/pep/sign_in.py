"""That it is the age of a sign-in for which it counts too little, and not its means. The policy judges."""

from datetime import datetime, timedelta

from gateway.clock import format_instant
from gateway.model import Dossier

_MINUTES = 60
_SIGN_ON = "oidc"


def tell_old_sign_in(case: Dossier, most_minutes: float | None) -> str | None:
    """For how long a sign-in counts where this one is older; None where its age is not what is wrong, or not known.

    It follows from the person's own token and from a table that everybody may read.
    """
    signed_in = _find_sign_in(case)
    if signed_in is None or most_minutes is None:
        return None
    if (case.request.time - signed_in) // timedelta(minutes=1) <= most_minutes:
        return None
    return f"Your sign-in, of {format_instant(signed_in)}, is too old, whatever it was made with: one counts for {_tell_length(most_minutes)}."


def _find_sign_in(case: Dossier) -> datetime | None:
    identity = case.identity
    if identity is None or identity.method != _SIGN_ON or identity.assurance is None:
        return None
    return identity.assurance.authenticated_at


def _tell_length(minutes: float) -> str:
    """In hours where they are whole ones."""
    if minutes % _MINUTES:
        return f"{minutes:g} minutes"
    return "an hour" if minutes == _MINUTES else f"{minutes / _MINUTES:g} hours"
