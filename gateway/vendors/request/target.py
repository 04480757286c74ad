"""The request target: split once, refused unless it is already in its plain form, decoded once.

Whoever reads a path differently from us must find nothing to read differently: no escapes, dots, doubled slashes.
"""

import re
from typing import NamedTuple

from gateway.errors import Refusal
from gateway.reasons import Reason

MAX_TARGET = 8000  # characters; a page token of the largest accepted search fits

_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*/?")
_DOTS = re.compile(r"/\.{1,2}(?:/|$)")
_DOUBLED = "A double slash often comes of a base URL that ends with a slash: write the tool's base URL without it."
_QUERY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
_PAIRS = "Allowed: name=value, with one & between two of them and none before or after."
_MUST_BE_ESCAPED = (
    'A character in it must be escaped, as # < > " { } [ ] | \\ or a letter with an accent: write % and its code, as %22 for a '
    "quotation mark. Where such marks only stand around a value, as in a template's <KEY>, leave them out."
)
_NO_ESCAPE = "Two hexadecimal digits follow each %: write the sign itself as %25."
_NO_TEXT = "What its escapes stand for is not UTF-8: write each character by its bytes in UTF-8, as %C3%A9."
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


class RequestTarget(NamedTuple):
    """A request target in two; `query` is still encoded, and None where there was no question mark."""

    path: str
    query: str | None


def split_target(target: str) -> RequestTarget:
    """The path and query of an origin-form target.

    Raises:
        Refusal: `request_path_not_canonical` for any other form, and for escapes, dot segments, empty segments,
            backslashes and control characters in the path; `request_too_large`; `request_malformed` for the query.
    """
    if len(target) > MAX_TARGET:
        raise Refusal(Reason.REQUEST_TOO_LARGE, field="target")
    path, mark, query = target.partition("?")
    if not path or _PATH.fullmatch(path) is None or _DOTS.search(path):
        raise Refusal(Reason.REQUEST_PATH_NOT_CANONICAL, hint=_DOUBLED if "//" in path else None)
    if _QUERY.fullmatch(query) is None:
        raise Refusal(Reason.REQUEST_MALFORMED, field="query", hint=_MUST_BE_ESCAPED)
    return RequestTarget(path, query if mark else None)


def parameters(query: str | None) -> list[tuple[str, str]]:
    """The parameters of a query string in order, each name and value decoded exactly once.

    A plus sign is a space, as forms write it.

    Raises:
        Refusal: `request_malformed` for a parameter without `=`, a broken escape, or what is not UTF-8.
    """
    if not query:
        return []
    return [_parameter(pair) for pair in query.split("&")]


def _parameter(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not (name and equals):
        raise Refusal(Reason.REQUEST_MALFORMED, field="query", hint=_PAIRS)
    return _decode(name), _decode(value)


def _decode(text: str) -> str:
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    if _ESCAPE.search(spaced):
        raise Refusal(Reason.REQUEST_MALFORMED, field="query", hint=_NO_ESCAPE)
    try:
        return _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), spaced.encode()).decode()
    except UnicodeDecodeError:
        raise Refusal(Reason.REQUEST_MALFORMED, field="query", hint=_NO_TEXT) from None
