"""What is asked of OPA beside decisions: is it up, what does it hold. Through OPA's Python client, made safe.

As it comes, that client times out per byte rather than per call, sends policy traffic to whatever proxy the
environment names, tries again, and throws other libraries' exceptions.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import requests
from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from gateway.errors import Refusal
from gateway.media import for_terminal
from gateway.net import Deadline
from gateway.pdp.opa.address import Address, connect
from gateway.reasons import Reason

_T = TypeVar("_T")


_SEE_LOG: Final = (
    "was it given the one of `policy build`? Why it took none stands in OPA's own log (Bundle load failed); "
    "with `status: {prometheus: true}` in its configuration it is told here"
)
_NOT_YET: Final = (
    "it names no fault, so it is still fetching one, or was given none: run it with the one of `policy build`"
)
_LONGEST: Final = 300


def _ask_status(client: OpaClient) -> Any:  # noqa: ANN401 - any JSON value
    """OPA's own status of its bundles; it has one where its status plugin is on."""
    answer = client._session.get(f"{client.root_url}/status", timeout=client.timeout)  # noqa: SLF001 - the client asks for none
    return answer.json().get("result") if answer.ok else None


def _message(bundle: object) -> str:
    return str(bundle.get("message") or "") if isinstance(bundle, dict) else ""


def _say(name: object, bundle: object) -> str:
    """In OPA's words, which may be of many lines."""
    told = for_terminal(" ".join(f"of bundle {name} OPA says: {_message(bundle)}".split()))
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


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
        if self._ask(lambda client: client.check_health(query={"bundles": True})):
            return
        if not self._ask(lambda client: client.check_health()):
            raise Refusal(Reason.ENGINE_UNAVAILABLE, note=f"no answer from {self._address.place}")
        note = f"OPA at {self._address.place} answers, and has no bundle that it took up: {self.tell_bundles()}"
        raise Refusal(Reason.ENGINE_UNAVAILABLE, note=note)

    def tell_bundles(self) -> str:
        """What OPA says of bundles that it could not take up, or where it is to be found."""
        try:
            answer = self._ask(_ask_status)
        except Refusal:
            return _SEE_LOG
        bundles = answer.get("bundles") if isinstance(answer, dict) else None
        said = [_say(name, one) for name, one in bundles.items() if _message(one)] if isinstance(bundles, dict) else []
        return "; ".join(said) or (_SEE_LOG if bundles is None else _NOT_YET)

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
