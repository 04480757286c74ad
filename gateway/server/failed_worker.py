"""Why a worker failed: told in a line of ours, and whether only room on the disk was wanting."""

import errno

import structlog

from gateway.errors import ConfigurationError, NoRoomError, Refusal
from gateway.reasons import Reason

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_log = structlog.get_logger(__name__)


def tell_failed_worker(error: Exception, *, started: bool) -> None:
    """The line `worker_failed`: gunicorn would print the error's own message."""
    _log.error("worker_failed", started=started, why=explain_failure(error), exc_info=error)


def is_for_want_of_room(error: Exception) -> bool:
    """Whether the disk was full; so it is too where a worker could open its ledger and then not write to it."""
    if isinstance(error, Refusal):
        return error.reason is Reason.AUDIT_UNAVAILABLE
    return isinstance(error, NoRoomError) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def explain_failure(error: Exception) -> str:
    """In words of ours, or of the system's, where there are any."""
    if isinstance(error, ConfigurationError):
        return "; ".join(error.problems)
    if isinstance(error, Refusal):
        return error.note or error.reason.value
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
