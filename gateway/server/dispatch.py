"""The front door: every request, whatever its method or path, is opened here and answered by exactly one part."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from gateway import clock, endpoints
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import Refusal
from gateway.identity import Network, exchange, source_address
from gateway.model import Answer, Dossier, RawRequest
from gateway.ops.health import Health
from gateway.ops.logs import about
from gateway.pep import journey as pep
from gateway.pep.ports import Mounted
from gateway.pep.refuse import refuse
from gateway.reasons import Reason
from gateway.server.framing import raw_head, read_body
from gateway.vendors import note_ignored, split_target

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_BELIEVED = "forwarded_for_ignored"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What is served where: the gateway's own addresses, and vendors by first path segment or by host name."""

    endpoint: EndpointContext
    health: Health
    by_prefix: Mapping[str, Mounted]
    by_host: Mapping[str, Mounted]
    trusted: tuple[Network, ...]
    max_body_bytes: int

    def answer(self, environ: "WSGIEnvironment") -> Answer:
        """The answer to one request, recorded before it is given. Only health leaves no record."""
        own = self.health.answer(environ["REQUEST_METHOD"], environ["RAW_URI"])
        if own is not None:
            return own
        head = raw_head(environ, now=clock.now(), request_id=str(uuid.uuid4()))
        with self.health.metrics.in_hand(), about(head.request_id):
            return self._open_case(head, environ)

    def _open_case(self, head: RawRequest, environ: "WSGIEnvironment") -> Answer:
        """Step 1: the case is opened."""
        case = Dossier(decision_id=str(uuid.uuid4()), request=head, started_ns=time.monotonic_ns())
        try:
            self._locate(case)
            return self._choose(case, partial(read_body, environ, max_body_bytes=self.max_body_bytes))
        except Refusal as refusal:
            return refuse(self.endpoint.ports, case, refusal)
        except Exception as error:  # noqa: BLE001 - whatever was not foreseen is refused, and told to the operator
            _log.error("internal_error", error=type(error).__name__, exc_info=True)
            return refuse(self.endpoint.ports, case, Refusal(Reason.INTERNAL_ERROR))

    def _locate(self, case: Dossier) -> None:
        """Where the request comes from; what of its headers nobody acts on."""
        head = case.request
        forwarded = [value for name, value in head.headers if name == "x-forwarded-for"]
        source = source_address(head.source_ip, forwarded, self.trusted)
        notes = note_ignored(head)
        if source != head.source_ip:
            notes = tuple(note for note in notes if note != _BELIEVED)
            case.request = replace(head, source_ip=source)
        case.notes = notes

    def _choose(self, case: Dossier, body: "partial[bytes]") -> Answer:
        mounted = self._mounted(case.request)
        if mounted is None:
            return self._unmounted(case, body)
        case.mount, case.vendor_profile, case.vendor_host = mounted.name, mounted.profile.name, mounted.host
        token_path = mounted.profile.token_path
        if token_path is not None and _plain_path(case.request) == mounted.prefix + token_path:
            return self._token(mounted, case, body)
        return pep.serve(self.endpoint.ports, mounted, case, body)

    def _mounted(self, request: RawRequest) -> Mounted | None:
        """The vendor at this host name, else below this first path segment, exactly as written."""
        if self.by_host:
            host = (request.header("host") or "").rpartition(":")
            name = host[0] if host[1] and host[2].isdigit() else "".join(host)
            if name.lower() in self.by_host:
                return self.by_host[name.lower()]
        segment, slash, _ = request.target[1:].partition("/")
        return self.by_prefix.get("/" + segment) if slash else None

    def _unmounted(self, case: Dossier, body: "partial[bytes]") -> Answer:
        """The gateway's own addresses, or nothing."""
        ports = self.endpoint.ports
        try:
            path = split_target(case.request.target).path
            if not path.startswith("/gateway/"):
                raise Refusal(Reason.MOUNT_UNKNOWN)
        except Refusal as refusal:
            return refuse(ports, case, refusal)
        return endpoints.answer(self.endpoint, case, path, body)

    def _token(self, mounted: Mounted, case: Dossier, body: "partial[bytes]") -> Answer:
        """The gateway's own token endpoint, for tools that know no other way to this vendor."""
        ports = self.endpoint.ports
        try:
            request = replace(case.request, body=body())
            result = exchange(
                request, ports.store, mount=mounted.name, token_key=ports.secrets.tokens, now=request.time
            )
            if result.refusal is not None:
                told = refuse(ports, case, result.refusal, mounted)
                return told if told.status == 503 else result.answer  # noqa: PLR2004 - unrecorded is untold
            if result.key is not None and result.expires_at is not None:
                expires_at = clock.format_instant(result.expires_at)
                fields = {"key_id": result.key.key_id, "user_id": result.key.user_id, "mount": mounted.name}
                self.endpoint.acts.done(case, "token.issued", expires_at=expires_at, **fields)
        except Refusal as refusal:
            return refuse(ports, case, refusal, mounted)
        return result.answer


def _plain_path(request: RawRequest) -> str:
    return request.target.partition("?")[0]
