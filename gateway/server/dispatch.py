"""The front door: every request, whatever its method or path, is opened here and answered by exactly one part."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from gateway import clock, endpoints
from gateway.endpoints.endpoint_context import EndpointContext
from gateway.errors import Refusal
from gateway.identity import Network, exchange, proxied_certificate, source_address
from gateway.model import Answer, Dossier, RawRequest
from gateway.ops.forwarded_for import ForwardedForNotice
from gateway.ops.health import Health
from gateway.ops.logs import about
from gateway.pep import journey as pep
from gateway.pep.ports import Mounted
from gateway.pep.refuse import refuse
from gateway.reasons import Reason
from gateway.server.front_page import front_page
from gateway.server.head import RequestHead
from gateway.value import replace
from gateway.vendors import note_ignored, split_target

_BELIEVED = "forwarded_for_ignored"
_BUSY_S = 5
_CREDENTIALS = frozenset({"authorization", "client-cert", "x-ssl-client-cert", "x-forwarded-client-cert"})
"""Header fields by which senders are told apart, before any of them is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What is served where: the gateway's own addresses, and vendors by first path segment or by host name."""

    endpoint: EndpointContext
    health: Health
    by_prefix: Mapping[str, Mounted]
    by_host: Mapping[str, Mounted]
    trusted: tuple[Network, ...]
    certificate_header: str | None
    not_believed: ForwardedForNotice = field(default_factory=ForwardedForNotice)
    trace: Callable[[Dossier, Callable[[], Answer]], Answer] | None = None

    def lane(self, head: RequestHead, sender: str) -> tuple[str, str]:
        """Whose share of the threads a request takes: the vendor's it is for, and of it the sender's.

        The sender is whoever shows this credential, proven or not, a card's certificate from a proxy too; without any,
        `sender`: the holder of a certificate that was shown to us, or an address.
        """
        mounted = self._find_mounted(head.target, head.headers)
        shown = next((value for name, value in head.headers if name in _CREDENTIALS and value), None)
        if mounted is None:
            return "", shown or sender
        place = mounted.profile.credential
        if shown is None and place.parameter is not None:
            shown = head.target.partition(f"{place.parameter}=")[2].partition("&")[0]
        return mounted.name, shown or sender

    def answer(self, head: RequestHead, peer: str, body: Callable[[], bytes], is_overdue: bool) -> Answer:
        """The answer to one request, recorded before it is given; `body` reads its body.

        One that waited too long for a thread (`is_overdue`) is refused: the vendor's share is taken by slower ones.
        """
        request = RawRequest(
            request_id=str(uuid.uuid4()),
            time=clock.now(),
            method=head.method,
            target=head.target,
            headers=head.headers,
            body=b"",
            source_ip=peer,
            client_certificate=head.client_certificate,
        )
        case = Dossier(decision_id=str(uuid.uuid4()), request=request, started_ns=time.monotonic_ns())
        with self.health.metrics.in_hand(), about(request.request_id):
            if self.trace is None:
                return self._open_case(case, body, is_overdue=is_overdue)
            return self.trace(case, partial(self._open_case, case, body, is_overdue=is_overdue))

    def _open_case(self, case: Dossier, body: Callable[[], bytes], *, is_overdue: bool) -> Answer:
        """Step 1: the case is opened."""
        try:
            self._locate(case)
            if is_overdue:
                raise Refusal(Reason.GATEWAY_BUSY, retry_after_s=_BUSY_S)
            return self._choose(case, body)
        except Refusal as refusal:  # before it was looked where to: a vendor's tools know their form of it
            asked = self._find_mounted(case.request.target, case.request.headers)
            return refuse(self.endpoint.ports, case, refusal, asked)
        except Exception as error:  # noqa: BLE001 - what was not foreseen
            return refuse(self.endpoint.ports, case, error)

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
        if _BELIEVED in notes:
            self.not_believed.tell(head.source_ip, forwarded)
        proxied = proxied_certificate(head, self.trusted, self.certificate_header)
        if proxied is None:
            return
        if head.client_certificate is not None:
            raise Refusal(
                Reason.CREDENTIAL_AMBIGUOUS,
                note="a certificate of the connection's and one in a header",
                hint=f"Two certificates came: the connection's own, and one in {self.certificate_header}.",
            )
        case.request = replace(case.request, client_certificate=proxied)

    def _choose(self, case: Dossier, body: Callable[[], bytes]) -> Answer:
        mounted = self._find_mounted(case.request.target, case.request.headers)
        if mounted is None and (page := front_page(case.request)) is not None:
            return page
        if mounted is None:
            return self._answer_unmounted(case, body)
        case.mount, case.vendor_profile, case.vendor_host = mounted.name, mounted.profile.name, mounted.host
        token_path = mounted.profile.token_path
        if token_path is not None and _plain_path(case.request) == mounted.prefix + token_path:
            return self._answer_token(mounted, case, body)
        if token_path is not None and _plain_path(case.request).rstrip("/").endswith(token_path):
            hint = f"The token URL here is {mounted.prefix}{token_path}."  # asked without any credential that proves a person
            return refuse(self.endpoint.ports, case, Refusal(Reason.UNKNOWN_OPERATION, hint=hint), mounted)
        return pep.serve(self.endpoint.ports, mounted, case, body)

    def _find_mounted(self, target: str, headers: tuple[tuple[str, str], ...]) -> Mounted | None:
        """The vendor at this host name, else below this first path segment, exactly as written."""
        if self.by_host:
            host = next((value for name, value in headers if name == "host"), "").rpartition(":")
            name = host[0] if host[1] and host[2].isdigit() else "".join(host)
            if name.lower() in self.by_host:
                return self.by_host[name.lower()]
        segment, slash, _ = target[1:].partition("/")
        return self.by_prefix.get("/" + (segment if slash else segment.partition("?")[0]))

    def _answer_unmounted(self, case: Dossier, body: Callable[[], bytes]) -> Answer:
        """The gateway's own addresses, or nothing."""
        ports = self.endpoint.ports
        try:
            path = split_target(case.request.target).path
            if not path.startswith("/gateway/"):
                raise Refusal(Reason.MOUNT_UNKNOWN)
        except Refusal as refusal:
            return refuse(ports, case, refusal)
        return endpoints.answer(self.endpoint, case, path, body)

    def _answer_token(self, mounted: Mounted, case: Dossier, body: Callable[[], bytes]) -> Answer:
        """The gateway's own token endpoint, for tools that know no other way to this vendor."""
        ports = self.endpoint.ports
        try:
            ports.clock.check()  # by one set back, an expired key would count again
            request = replace(case.request, body=body())
            result = exchange(
                request, ports.store, mount=mounted.name, token_key=ports.secrets.tokens, now=request.time
            )
            if result.refusal is not None:
                told = refuse(ports, case, result.refusal, mounted)
                return told if told.status == 503 else result.answer  # noqa: PLR2004 - unrecorded is untold
            if result.key is not None and result.expires_at is not None:
                ports.budget.admit((f"key:{result.key.key_id}", f"user:{result.key.user_id}"))
                expires_at = clock.format_instant(result.expires_at)
                fields = {"key_id": result.key.key_id, "user_id": result.key.user_id, "mount": mounted.name}
                self.endpoint.acts.done(case, "token.issued", expires_at=expires_at, **fields)
        except Refusal as refusal:
            return refuse(ports, case, refusal, mounted)
        return result.answer


def _plain_path(request: RawRequest) -> str:
    return request.target.partition("?")[0]
