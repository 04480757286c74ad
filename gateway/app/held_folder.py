"""A worker serves on the folder of the ledger that was taken at the start, and on no other that stands in its place."""

from collections.abc import Callable

from gateway.errors import ConfigurationError
from gateway.ledger.slots import FileLock
from gateway.server.service import Service


def serve_held(held: FileLock, make: Callable[[], Service]) -> Service:
    """A worker's service; it is made on the very folder that is held, for else it would begin another ledger there.

    Raises:
        ConfigurationError: the folder was moved or replaced, also while the service was being made.
    """
    held.require_place()
    service = make()
    try:
        held.require_place()  # it may have been moved meanwhile
    except ConfigurationError:
        service.stop()
        raise
    return service
