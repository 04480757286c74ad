"""The head of a plain answer: HTTP/1.1, a body whose length is given once, a connection that stays open.

One regular expression is all that is read here; what it does not match is no mistake, it is left to `http.client`.
"""

import re
from typing import NamedTuple

_FIELDS = rb"(?:[A-Za-z0-9-]+:[\t\x20-\x7e]*\r\n){1,64}"
_HEAD = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [\t\x20-\x7e]*\r\n(" + _FIELDS + rb")\r\n")
_FIELD = re.compile(r"([A-Za-z0-9-]+):[\t ]*([\t\x20-\x7e]*)\r\n")
_LENGTH = re.compile(r"[0-9]{1,15}")
_ODD = frozenset({"transfer-encoding", "content-encoding", "connection", "upgrade", "trailer"})
_BODILESS = frozenset({204, 304})


class PlainHead(NamedTuple):
    """Status, header fields (names in lower case), the length of the body, and how many bytes the head took."""

    status: int
    headers: tuple[tuple[str, str], ...]
    length: int
    size: int


def read_plain_head(data: bytes) -> PlainHead | None:
    """The head that these bytes begin with; None where it is not plain, or not all there."""
    matched = _HEAD.match(data)
    if matched is None:
        return None
    status = int(matched[1])
    headers = tuple((name.lower(), value.rstrip("\t ")) for name, value in _FIELD.findall(matched[2].decode("ascii")))
    lengths = [value for name, value in headers if name == "content-length"]
    odd = any(name in _ODD and (name, value.lower()) != ("connection", "keep-alive") for name, value in headers)
    if odd or status in _BODILESS or len(lengths) != 1 or _LENGTH.fullmatch(lengths[0]) is None:
        return None
    return PlainHead(status, headers, int(lengths[0]), matched.end())
