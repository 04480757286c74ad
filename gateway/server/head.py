"""The head of a request: where it ends, and what it says, or why it is refused.

One regular expression is the whole grammar that is accepted: HTTP/1.1 (and 1.0, which proxies still speak), an
origin-form target, names of tokens without underscores, values without control characters, every line ended by CRLF.
What it does not match is refused; the second half of this file only finds the word for the record. So nothing that a
parser further on could read in two ways ever becomes a request.
"""

import re
from collections.abc import Mapping

from gateway.value import Hidden, Value

MAX_LINE = 8190
MAX_FIELDS = 64
MAX_HEAD = 64 * 1024
"""Bytes of a request line, of a field line, and of the whole head; the number of fields."""

_TOKEN = r"[!#$%&'*+.^`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's, less the underscore, which some servers take for a hyphen
_VALUE = r"[\t\x20-\x7e\x80-\xff]*"
_HEAD = re.compile(
    rf"([A-Z][A-Z-]{{2,19}}) (/[\x21\x22\x24-\x7e]*) HTTP/1\.([01])\r\n((?:{_TOKEN}:{_VALUE}\r\n){{1,{MAX_FIELDS}}})\r\n"
)
_FIELD = re.compile(rf"({_TOKEN}):[\t ]*({_VALUE})\r\n")
_METHOD = re.compile(r"[A-Z][A-Z-]{2,19}")
_UNESCAPED = re.compile(r"[A-Z][A-Z-]{2,19} /.* HTTP/1\.[01]")
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(_TOKEN)
_HOST = re.compile(r"([A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_LENGTH = re.compile(r"[0-9]{1,16}")
_SINGLE = frozenset({"content-length", "content-type", "expect", "host"})
_FRAMING = _SINGLE | {"transfer-encoding", "connection"}


class FramingFault(Exception):
    """A request that is not served; `note` is a fixed word for the record."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


class RequestHead(Value, frozen=True, kw_only=True):
    """A head that is served. `length` is None where there is no body or it comes in chunks; `expects`: 100-continue.

    `client_certificate` (DER) is what the client proved to hold, where TLS ends here.
    """

    method: str
    target: Hidden[str]
    headers: Hidden[tuple[tuple[str, str], ...]]
    length: int | None
    is_chunked: bool
    is_kept: bool
    expects: bool
    client_certificate: Hidden[bytes | None] = None


def find_end(buffer: bytearray, seen: int) -> int:
    """Where the head ends in what has come so far, or -1; `seen` bytes of it were looked at before.

    Raises:
        FramingFault: it is no head any more, or a longer one than is accepted.
    """
    end = buffer.find(b"\r\n\r\n", max(0, seen - 3))
    if end >= 0:
        end += 4
    whole = end if end >= 0 else len(buffer)
    if whole > MAX_LINE and buffer.find(b"\r\n", 0, MAX_LINE + 2) < 0:
        raise FramingFault("request_line_too_long")
    if whole > MAX_HEAD:
        raise FramingFault("headers_too_large")
    if end < 0 and _has_bare_line_feed(buffer, max(0, seen - 1)):
        raise FramingFault("request_line" if buffer.find(b"\r\n") < 0 else "header")
    return end


def read_head(raw: bytes | bytearray) -> RequestHead:
    """What a whole head says.

    Raises:
        FramingFault: for anything that is not to be served.
    """
    text = raw.decode("latin-1")
    matched = _HEAD.fullmatch(text)
    if matched is None or (len(text) > MAX_LINE and max(map(len, text.split("\r\n"))) > MAX_LINE):
        raise FramingFault(explain(text))
    method, target, minor, fields = matched.groups()
    if method == "CONNECT":
        raise FramingFault("method")
    headers = tuple((name.lower(), value.rstrip("\t ")) for name, value in _FIELD.findall(fields))
    framing = _read_single(headers)
    if _HOST.fullmatch(framing.get("host", "")) is None:
        raise FramingFault("host")
    length, is_chunked = _read_framing(framing, minor == "0")
    return RequestHead(
        method=method,
        target=target,
        headers=headers,
        length=length,
        is_chunked=is_chunked,
        is_kept=minor == "1" and not _closes(headers),
        expects=minor == "1" and "expect" in framing,
    )


def _read_single(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The fields that say how the message is framed or must come once, by name."""
    framing: dict[str, str] = {}
    for name, value in headers:
        if name in _FRAMING:
            if name not in framing:
                framing[name] = value
            elif name in _SINGLE:
                raise FramingFault("header")
            else:
                framing[name] += f",{value}"
    if framing.get("expect", "100-continue").lower() != "100-continue":
        raise FramingFault("expectation")
    return framing


def _read_framing(framing: Mapping[str, str], is_old: bool) -> tuple[int | None, bool]:
    length, coding = framing.get("content-length"), framing.get("transfer-encoding")
    if coding is not None:
        codings = [part.strip("\t ").lower() for part in coding.split(",")]
        if length is not None or is_old or "chunked" in codings[:-1]:
            raise FramingFault("header")
        if codings != ["chunked"]:
            raise FramingFault("transfer_encoding")
        return None, True
    if length is not None and _LENGTH.fullmatch(length) is None:
        raise FramingFault("header")
    return (int(length) if length else None), False


def _closes(headers: tuple[tuple[str, str], ...]) -> bool:
    return any(
        name == "connection" and "close" in [option.strip("\t ") for option in value.lower().split(",")]
        for name, value in headers
    )


def _has_bare_line_feed(buffer: bytearray, start: int) -> bool:
    at = buffer.find(b"\n", start)
    while at >= 0:
        if at == 0 or buffer[at - 1 : at] != b"\r":
            return True
        at = buffer.find(b"\n", at + 1)
    return False


def explain(text: str) -> str:
    """The word for the record: what of a head, which is refused in any case, is not as it must be."""
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    if len(first) > MAX_LINE:
        return "request_line_too_long"
    return _explain_request_line(first) or _explain_fields(lines) or "framing"


def _explain_request_line(line: str) -> str | None:
    method, _, rest = line.partition(" ")
    target, space, version = rest.partition(" ")
    if not (space and target) or not line.isprintable() or not line.isascii():
        return "target_characters" if _UNESCAPED.fullmatch(line) else "request_line"
    if _METHOD.fullmatch(method) is None or method == "CONNECT":
        return "method"
    if not target.startswith("/"):
        return "target_form" if "://" in target or (method, target) == ("OPTIONS", "*") else "request_line"
    if "#" in target:
        return "target_form"
    return None if version in ("HTTP/1.1", "HTTP/1.0") and _VISIBLE.fullmatch(target) else "http_version"


def _explain_fields(lines: list[str]) -> str | None:
    if not lines:
        return "host"
    if len(lines) > MAX_FIELDS or max(map(len, lines)) > MAX_LINE:
        return "headers_too_large"
    return next(filter(None, map(_explain_field, lines, range(len(lines)))), "header")


def _explain_field(line: str, number: int) -> str | None:
    if line[:1] in (" ", "\t"):
        return "folded_header" if number else "header_name"
    name, colon, value = line.partition(":")
    if not colon or not name:
        return "header"
    if _NAME.fullmatch(name) is None:
        return "header_name"
    return None if "\n" in value or re.fullmatch(_VALUE, value) else "header_value"
