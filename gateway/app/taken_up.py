"""Whether the gateway that runs follows an act of policy: what a command has put in force is so only once it does."""

import time

from gateway.app.running import RunningState, ask_running
from gateway.errors import ConfigurationError
from gateway.ledger.slots import is_directory_held
from gateway.settings import Settings

_PATIENCE_S, _PAUSE_S = 15.0, 0.2
"""Workers look every two seconds, and compile what they find; a busy host takes longer."""


def await_taken_up(settings: Settings, counter: int, patience_s: float = _PATIENCE_S) -> str:
    """Wait until the gateway that runs decides by act `counter`, or a later one; the sentence that says so.

    Raises:
        ConfigurationError: it does not, and why, as far as it is known; the act stands all the same.
    """
    ends = time.monotonic() + patience_s
    found = None
    while is_directory_held(settings.audit.directory):
        found = ask_running(settings)
        if found is not None and found.policy_counter >= counter:
            return "The gateway that runs has taken it up: every worker does within two seconds."
        if found is None or time.monotonic() > ends:
            raise ConfigurationError([_explain(settings, found)])
        time.sleep(_PAUSE_S)
    return "No gateway runs now: it is taken up at the next start."


def tell_not_followed(settings: Settings, counter: int) -> str | None:
    """That the gateway which runs decides by an earlier act than `counter`, and why; None where it follows, and where none answers."""
    found = ask_running(settings) if is_directory_held(settings.audit.directory) else None
    if found is None or found.policy_counter >= counter:
        return None
    by = f"act {found.policy_counter}" if found.policy_counter else "what was in force before any act"
    return f"the gateway that runs does not follow act {counter}, and decides by {by}: {_tell_why(found)}"


def _tell_why(found: RunningState) -> str:
    return "; ".join((*found.warnings, *found.troubles)) or "it does not say why: look at its log"


def _explain(settings: Settings, found: RunningState | None) -> str:
    if found is None:
        return (
            f"the act is on record, and whether the gateway that runs has taken it up is not known: none answers at "
            f"{settings.admin.bind} ([admin] bind)"
        )
    return f"the act is on record, and the gateway that runs has not taken it up: {_tell_why(found)}"
