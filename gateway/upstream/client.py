"""The client to one vendor: writes the request it is given, shows the credential, hands back the answer."""

import re
from urllib.parse import quote, urlencode

from gateway.errors import Refusal
from gateway.model import VendorAnswer, VendorRequest
from gateway.net import Deadline
from gateway.reasons import Reason
from gateway.upstream.credentials import Shown, VendorCredential
from gateway.upstream.exchange import VendorExchange
from gateway.upstream.failures import VendorFailure
from gateway.upstream.options import Origin, UpstreamOptions

USER_AGENT = "lpr-gateway"

_MAY_PASS = frozenset({"accept", "content-type"})
_METHOD = re.compile(r"[A-Z]{3,10}")
_TARGET = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)+(\?[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_DOT_SEGMENT = re.compile(r"/\.{0,2}(?=/)|/\.{1,2}$")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_REDIRECTS = range(300, 400)


class VendorClient:
    """Calls one vendor; safe for many threads. Made after fork."""

    def __init__(self, options: UpstreamOptions, credential: VendorCredential) -> None:
        self._timeout_s = options.timeout_s
        self._credential = credential
        self._exchange = VendorExchange(options)

    def call(self, request: VendorRequest, *, repeatable: bool = True) -> VendorAnswer:
        """The vendor's whole answer, whatever its status but a redirect; header names in lower case.

        A 401, and of a secret in a file a 403, renews the credential and repeats the request once. `repeatable` is False for an operation that changes
        something at the vendor: it is then never sent a second time where the first may have arrived.

        Raises:
            VendorFailure: vendor_unreachable, vendor_late, vendor_refused (redirects), vendor_credential_refused,
                vendor_answer_too_large, vendor_answer_unusable; `sent` tells whether the vendor may have seen it.
            Refusal: internal_error for a request that is not ours to send (a header not listed, a path not plain).
        """
        deadline = Deadline(self._timeout_s)
        shown = self._credential.show(deadline)
        answer = self._ask(request, shown, deadline, repeatable=repeatable)
        if answer.status in self._credential.refusals and self._credential.reject(shown):
            answer = self._ask_again(request, deadline)
        if answer.status in _REDIRECTS:
            raise VendorFailure(Reason.VENDOR_REFUSED, "redirect", sent=True, status=answer.status)
        return answer

    def close(self) -> None:
        """Close what is kept open."""
        self._exchange.close()
        self._credential.close()

    def _ask_again(self, request: VendorRequest, deadline: Deadline) -> VendorAnswer:
        try:
            return self._ask(request, self._credential.show(deadline), deadline, repeatable=False)
        except VendorFailure as failure:
            failure.sent = True  # the first one was
            raise

    def _ask(self, request: VendorRequest, shown: Shown, deadline: Deadline, *, repeatable: bool) -> VendorAnswer:
        data = write_request(self._exchange.origin, request, shown)
        return self._exchange.ask(request.method, data, deadline, repeatable=repeatable)


def write_request(origin: Origin, request: VendorRequest, shown: Shown) -> bytes:
    """The request as bytes: our own head, the listed headers, the credential, the body.

    Raises:
        Refusal: internal_error where anything is not plain; built by us, so never by a caller's doing.
    """
    target = _target(origin, request, shown)
    if _METHOD.fullmatch(request.method) is None or not {name.lower() for name, _ in request.headers} <= _MAY_PASS:
        raise Refusal(Reason.INTERNAL_ERROR, note="vendor request not listed")
    lines = [
        f"{request.method} {target} HTTP/1.1",
        f"Host: {origin.authority}",
        f"User-Agent: {USER_AGENT}",
        "Accept-Encoding: identity",
    ]
    for name, value in request.headers + shown.headers:
        if _NAME.fullmatch(name) is None or _VALUE.fullmatch(value) is None:
            raise Refusal(Reason.INTERNAL_ERROR, note="vendor header not plain")
        lines.append(f"{name}: {value}")
    body = request.body or b""
    if request.body is not None or request.method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _target(origin: Origin, request: VendorRequest, shown: Shown) -> str:
    target = origin.prefix + request.path
    if _DOT_SEGMENT.search(target) or "?" in target:
        raise Refusal(Reason.INTERNAL_ERROR, note="vendor path not plain")
    if pairs := request.query + shown.query:
        target += "?" + urlencode(pairs, quote_via=quote, safe="")
    if _TARGET.fullmatch(target) is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="vendor path not plain")
    return target
