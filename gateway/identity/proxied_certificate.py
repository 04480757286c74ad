"""The certificate that a trusted proxy says its caller showed: RFC 9440, nginx's way, or Envoy's.

Only the form that is configured counts, and only from a trusted proxy. From anybody else such a header is not ignored, as
it would be if it meant nothing: it is refused and recorded, because somebody tries to be somebody.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.errors import Refusal
from gateway.identity.addresses import Network, is_trusted
from gateway.model import RawRequest
from gateway.reasons import Reason

_RFC9440 = re.compile(r":([A-Za-z0-9+/]{4,20000}={0,2}):")
_ENVOY_CERT = re.compile(r'(?:^|;)Cert="([^",;]{1,30000})"(?:;|$)')
_NOT_THE_CARD = (
    "It is not the card: the proxy in front of the gateway has no list in force of those that its issuer revoked. "
    "Call the operator, who gives the proxy the newest list and reloads it."
)
_HEADERS = frozenset(
    "client-cert client-cert-chain ssl-client-cert ssl-client-verify x-ssl-client-cert x-ssl-client-verify "
    "x-forwarded-client-cert".split()
)


def proxied_certificate(request: RawRequest, trusted: tuple[Network, ...], form: str | None) -> bytes | None:
    """The caller's certificate (DER), where the proxy in front says there was one. `request.source_ip` is the peer's.

    Raises:
        Refusal: CERTIFICATE_UNTRUSTED from an address that is no trusted proxy's, or in another form than configured;
            CERTIFICATE_INVALID for what cannot be read.
    """
    sent = [name for name, _ in request.headers if name in _HEADERS]
    if not sent:
        return None
    if form is None or not is_trusted(request.source_ip, trusted):
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, field=sent[0])
    allowed, read = _FORMS[form]
    if len(set(sent)) != len(sent) or not allowed.issuperset(sent):
        raise Refusal(Reason.CERTIFICATE_UNTRUSTED, field=sent[0])
    try:
        return read(request)
    except (ValueError, binascii.Error):
        raise Refusal(Reason.CERTIFICATE_INVALID, note="header") from None


def _rfc9440(request: RawRequest) -> bytes | None:
    value = request.header("client-cert")
    match = _RFC9440.fullmatch((value or "").strip(" \t"))
    if match is None:
        raise ValueError
    return base64.b64decode(match[1], validate=True)


def _nginx(request: RawRequest) -> bytes | None:
    """`$ssl_client_verify` and `$ssl_client_escaped_cert`; without a certificate nginx says NONE."""
    verdict, text = request.header("x-ssl-client-verify"), request.header("x-ssl-client-cert")
    if verdict == "NONE" and not text:
        return None
    if verdict != "SUCCESS" or not text:
        raise _explain_verdict(verdict or "", text or "")
    return _from_pem(text)


def _explain_verdict(verdict: str, text: str) -> Refusal:
    """Why nginx did not accept it, in OpenSSL's words behind `FAILED:`, told as where the gateway itself judges.

    Nobody keeps a list for a certificate that signed itself, which OpenSSL misses all the same.
    """
    if "CRL" in verdict and _signed_itself(text):
        return Refusal(Reason.CERTIFICATE_INVALID, note="issuer")
    if "CRL" in verdict:
        note = "no revocation list in force at the proxy"
        return Refusal(Reason.CERTIFICATE_INVALID, note=note, hint=_NOT_THE_CARD)
    if "revoked" in verdict:
        return Refusal(Reason.CERTIFICATE_REVOKED)
    if "has expired" in verdict or "not yet valid" in verdict:
        return Refusal(Reason.CERTIFICATE_EXPIRED)
    return Refusal(Reason.CERTIFICATE_INVALID)


def _signed_itself(text: str) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(unquote(text).encode("ascii"))
    except ValueError:
        return False
    return certificate.issuer == certificate.subject


def _envoy(request: RawRequest) -> bytes | None:
    value = request.header("x-forwarded-client-cert") or ""
    match = _ENVOY_CERT.search(value)
    if match is None or "," in value:
        raise ValueError
    return _from_pem(match[1])


def _from_pem(escaped: str) -> bytes:
    return x509.load_pem_x509_certificate(unquote(escaped).encode("ascii")).public_bytes(Encoding.DER)


_FORMS: Mapping[str, tuple[frozenset[str], Callable[[RawRequest], bytes | None]]] = MappingProxyType(
    {
        "rfc9440": (frozenset({"client-cert", "client-cert-chain"}), _rfc9440),
        "nginx": (frozenset({"x-ssl-client-verify", "x-ssl-client-cert"}), _nginx),
        "envoy": (frozenset({"x-forwarded-client-cert"}), _envoy),
    }
)
