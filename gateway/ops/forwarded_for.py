"""That somebody names an address to us whom we do not believe: a proxy, perhaps, that the settings forgot.

Where a proxy stands before the gateway and is not named, every request seems to come from it: rules about networks see
one address for all, and so does the record.
"""

from collections.abc import Iterable

import structlog

from gateway.ops.once_a_minute import OnceAMinute

_log = structlog.get_logger(__name__)
_REMEDY = (
    "if this is your proxy's address, name it in [server] trusted_proxies: until then everybody behind it counts as one"
)


class ForwardedForNotice:
    """Tells in the log, once a minute at most, that an `X-Forwarded-For` was not believed, and from which address it came."""

    def __init__(self) -> None:
        self._minute = OnceAMinute()

    def tell(self, address: str, forwarded: Iterable[str]) -> None:
        """One came from this address, with these values of the header; nothing where they name no other."""
        if {hop.strip() for value in forwarded for hop in value.split(",")} == {address}:
            return
        if (more := self._minute.note()) is not None:
            _log.warning("forwarded_for_ignored", address=address, remedy=_REMEDY, **more)
