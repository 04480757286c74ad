"""What is asked of OPA beside decisions: is it up, what does it hold. Through OPA's Python client, made safe.

As it comes, that client times out per byte rather than per call, sends policy traffic to whatever proxy the
environment names, tries again, and throws other libraries' exceptions.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import requests
from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from gateway.errors import Refusal
from gateway.net import Deadline
from gateway.pdp.opa.address import Address, connect
from gateway.reasons import Reason

_T = TypeVar("_T")


class OpaStatus:
    """Questions to an OPA server that are not on a request's way; each takes at most the deadline."""

    def __init__(self, address: Address, *, deadline_s: float) -> None:
        self._address = address
        self._deadline_s = deadline_s

    def require_healthy(self) -> None:
        """Return if OPA is up and every bundle it was given is active.

        Raises:
            Refusal: `engine_unavailable`.
        """
        if not self._ask(lambda client: client.check_health(query={"bundles": True})):
            note = f"no answer from {self._address.place}, or it has no bundle yet"
            raise Refusal(Reason.ENGINE_UNAVAILABLE, note=note)

    def _ask(self, question: Callable[[OpaClient], _T]) -> _T:
        client = OpaClient(host=self._address.host, port=self._address.port, retries=0, timeout=self._deadline_s)
        try:
            session = client._session  # noqa: SLF001 - the client offers no other way to close these traps
            session.trust_env = False
            session.max_redirects = 1  # OPA moves `/v1/policies/`, which the client asks for; `_OneCall` stays here
            session.mount("http://", _OneCall(self._address, self._deadline_s))
            return question(client)
        except Exception:  # noqa: BLE001 - the client lets through whatever its parts throw
            raise Refusal(Reason.ENGINE_UNAVAILABLE, note=f"no answer from {self._address.place}") from None
        finally:
            client.close_connection()


class _OneCall(HTTPAdapter):
    """Carries a client's one call to one address, whatever the URL says, within one deadline."""

    def __init__(self, address: Address, deadline_s: float) -> None:
        super().__init__(max_retries=0)
        self._pool = _pool(address, Deadline(deadline_s))

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,  # noqa: ARG002 - the adapter's own signature
        verify: bool | str | None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
        cert: tuple[str, str] | str | None = None,  # noqa: ARG002
    ) -> HTTPConnectionPool:
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()


def _pool(address: Address, deadline: Deadline) -> HTTPConnectionPool:
    class _Connection(HTTPConnection):
        def _new_conn(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a socket, which TLS may have wrapped
            return connect(address, deadline)

    class _Pool(HTTPConnectionPool):
        ConnectionCls = _Connection

    return _Pool(address.host, address.port, retries=False)
