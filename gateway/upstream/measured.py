"""A vendor's client that tells how long each call took and whether the vendor answered."""

import time
from collections.abc import Callable

from gateway.model import VendorAnswer, VendorRequest
from gateway.turns import TURN
from gateway.upstream.client import VendorClient

_ANSWERED = range(200, 300)


class MeasuredClient:
    """Calls by another client. `measured(seconds, answered)` hears of each call: an answer counts if its status is 2xx."""

    def __init__(self, client: VendorClient, measured: Callable[[float, bool], None]) -> None:
        self._client, self._measured = client, measured

    def call(self, request: VendorRequest) -> VendorAnswer:
        """The vendor's whole answer.

        Raises:
            VendorFailure: as the client does.
        """
        started, answered = time.monotonic(), False
        try:
            with TURN.wait():
                answer = self._client.call(request)
            answered = answer.status in _ANSWERED
        finally:
            self._measured(time.monotonic() - started, answered)
        return answer

    def close(self) -> None:
        """Close what is kept open."""
        self._client.close()
