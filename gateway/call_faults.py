"""Why a call to another host failed, in words that an operator can act on; they hold nothing of what was said in it."""

import socket
import ssl
from collections.abc import Iterator

_KINDS: dict[type[BaseException], str] = {
    socket.gaierror: "its name is not known here",
    ConnectionRefusedError: "nobody listens at that port",
    TimeoutError: "no answer in time",
    ConnectionResetError: "it ends the connection without an answer: does it speak TLS, where we do not?",
}
_NO_HANDSHAKE = "no answer in time to our TLS: does it speak TLS at that port?"

_REFUSED = "it ends the connection at once: does it accept our certificate, or ask for one?"
"""One sentence, whether its alert or only the end of the connection is seen: which is a matter of moments, and two were two alarms."""
_OURS = {
    "KEY_VALUES_MISMATCH": "our certificate is no pair with its key",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _REFUSED,
    "TLSV1_ALERT_UNKNOWN_CA": _REFUSED,
    **{f"SSLV3_ALERT_{word}": _REFUSED for word in ("BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE")},
    **{f"SSLV3_ALERT_CERTIFICATE_{word}": _REFUSED for word in ("REVOKED", "EXPIRED", "UNKNOWN")},
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _REFUSED,
}
"""What OpenSSL calls it, where something of ours is wrong or wanting: the other side's certificate is good, then."""


class ProxyFault(OSError):
    """The forward proxy gave no way to a host, so that nothing was sent there. The sentence says why; `note` is a word for it."""

    def __init__(self, sentence: str, note: str, *, is_late: bool = False) -> None:
        super().__init__(sentence)
        self.note, self.is_late = note, is_late


def explain_call(error: OSError) -> str:
    """Why, of whatever a socket or an HTTP library raised: the words of what lies deepest in it."""
    of_proxy = find_proxy_fault(error)
    if of_proxy is not None:
        return of_proxy
    untrusted = find_untrusted(error)
    if untrusted is not None:
        return untrusted
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLEOFError):
            return _REFUSED
        if isinstance(cause, ssl.SSLError):
            return _OURS.get(cause.reason or "") or f"TLS does not come about: {cause.reason or type(cause).__name__}"
    if any(isinstance(cause, TimeoutError) and "handshake" in str(cause) for cause in causes):
        return _NO_HANDSHAKE
    told = (words for cause in causes for kind, words in _KINDS.items() if isinstance(cause, kind))
    late = _KINDS[TimeoutError] if "Timeout" in type(error).__name__ else None
    return next(told, None) or late or error.strerror or type(error).__name__


def find_untrusted(error: BaseException) -> str | None:
    """That the other side's certificate is not trusted, and why; None where something else is the matter."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message.rstrip('.')}"
    return None


def find_proxy_fault(error: BaseException) -> str | None:
    """That it was the forward proxy, and what of it; None where something else is the matter."""
    return next((str(cause) for cause in _causes(error) if isinstance(cause, ProxyFault)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it came from; HTTP libraries hide the socket's own within theirs."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        within = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [other for other in within if isinstance(other, BaseException)]
