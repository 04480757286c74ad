"""What of a request's header fields is refused, and which habits of clients are merely ignored."""

from gateway.errors import Refusal
from gateway.model import RawRequest
from gateway.reasons import Reason
from gateway.vendors.profile.profile import Profile
from gateway.vendors.request.field_names import tell_fields

_OVERRIDES = frozenset({"x-http-method-override", "x-method-override", "x-http-method", "_method"})
_READ = frozenset(
    "authorization content-encoding content-length content-type host transfer-encoding x-forwarded-for "
    "x-lpr-case x-lpr-on-behalf-of x-lpr-purpose x-request-id".split()
)
_OURS, _KNOWN = "x-lpr-", ("X-LPR-Purpose", "X-LPR-Case", "X-LPR-On-Behalf-Of")
_KNOWN_SMALL = frozenset(map(str.lower, _KNOWN))
_MAY_REPEAT = frozenset(
    "accept accept-encoding accept-language cookie connection forwarded via x-forwarded-for".split()
)
_UTF8 = ("charset=utf-8", 'charset="utf-8"')
_HABITS = {
    "expect": "expect_ignored",
    "forwarded": "forwarded_ignored",
    "upgrade": "upgrade_ignored",
    "via": "via_ignored",
    "x-forwarded-for": "forwarded_for_ignored",
}


def check_own_headers(raw: RawRequest) -> None:
    """Refuse header fields that could mean two things, at any address.

    Raises:
        Refusal: `request_duplicate_field`, `request_header_not_allowed` (a method override; a Connection header that
            names a header we read; one that is nearly one of ours, without which another purpose or case would count),
            `request_content_encoding`.
    """
    names = [name for name, _ in raw.headers]
    present = set(names)
    if len(present) != len(names):
        _check_repeated(names)
    if not present.isdisjoint(_OVERRIDES):
        raise Refusal(Reason.REQUEST_HEADER_NOT_ALLOWED, field=min(present & _OVERRIDES))
    if unknown := {name for name in present if name.startswith(_OURS)} - _KNOWN_SMALL:
        raise Refusal(Reason.REQUEST_HEADER_NOT_ALLOWED, hint=tell_fields(unknown, _KNOWN))
    if "content-encoding" in present and not is_as_it_is(raw.header("content-encoding")):
        raise Refusal(Reason.REQUEST_CONTENT_ENCODING)
    if "connection" in present:
        _check_connection(raw)


def is_as_it_is(coding: str | None) -> bool:
    """Whether a Content-Encoding says that there is none: `identity` is a word for that."""
    return coding is None or coding.strip(" \t").lower() == "identity"


def check_headers(profile: Profile, raw: RawRequest) -> None:
    """Refuse also what only the gateway may say to this vendor.

    Raises:
        Refusal: those of `check_own_headers`; `request_vendor_credential`.
    """
    check_own_headers(raw)
    for name, _ in raw.headers:
        if name in profile.foreign_headers:
            raise Refusal(Reason.REQUEST_VENDOR_CREDENTIAL, field=name)


def check_media_type(raw: RawRequest, wanted: str | None) -> None:
    """Refuse a body of another media type; in capitals or small letters, and with UTF-8 as its one parameter, it is the same.

    Raises:
        Refusal: `request_media_type`, also where this vendor takes no body.
    """
    media, semicolon, parameter = (raw.header("content-type") or "").lower().partition(";")
    is_utf8 = not semicolon or parameter.strip(" \t") in _UTF8
    if wanted is None or not is_utf8 or media.strip(" \t") != wanted.lower():
        charset = "" if is_utf8 else " Behind it may stand charset=utf-8 alone."
        raise Refusal(Reason.REQUEST_MEDIA_TYPE, hint=wanted and f"Send the header Content-Type: {wanted}.{charset}")


def note_ignored(raw: RawRequest) -> tuple[str, ...]:
    """Fixed words for the record on header fields that clients send out of habit and nobody here acts on.

    Whoever did believe X-Forwarded-For, because a trusted proxy sent it, leaves that word out.
    """
    return tuple(sorted({_HABITS[name] for name, _ in raw.headers if name in _HABITS}))


def _check_repeated(names: list[str]) -> None:
    repeated = {name for name in names if names.count(name) > 1} - _MAY_REPEAT
    if repeated:
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=min(repeated & _READ, default=None))


def _check_connection(raw: RawRequest) -> None:
    for name, value in raw.headers:
        if name == "connection" and any(token.strip().lower() in _READ for token in value.split(",")):
            raise Refusal(Reason.REQUEST_HEADER_NOT_ALLOWED, field="connection")
