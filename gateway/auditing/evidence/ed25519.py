"""Signatures for the program that checks an evidence package: Ed25519 (RFC 8032, section 5.1) in the plainest form.

Needs Python 3.9 or later and nothing else. For a few signatures it need not be fast.
"""

from __future__ import annotations

import base64
import hashlib
import re

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
SIGNATURE = 64
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points in extended coordinates."""
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n: int, point: Point) -> Point:
    """A multiple of a point."""
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point, n = add(point, point), n >> 1
    return total


def same(a: Point, b: Point) -> bool:
    """Whether two points are the same."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(blob: bytes) -> Point:
    """The point that 32 bytes mean; raises ValueError for none."""
    y = int.from_bytes(blob, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether this is a good Ed25519 signature of the text."""
    try:
        key, half = point_of(public), point_of(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    return len(signature) == SIGNATURE and s < L and same(times(s, BASE), add(half, times(h, key)))


def key_of(text: str, kind: bytes) -> tuple[str, str, bytes]:
    """Name, id and the 32 bytes of a published key."""
    name, key_id, blob = text.strip().split("+", 2)
    public = base64.b64decode(blob)[1:]
    if (
        base64.b64decode(blob)[:1] != kind
        or hashlib.sha256(name.encode() + b"\n" + kind + public).hexdigest()[:8] != key_id
    ):
        raise ValueError("a key does not match its own id, or is of another kind")
    return name, key_id, public


def published_key(text: str) -> str:
    """A checkpoint key as an agency publishes it, unchanged; ValueError where it is none, which is no fault of a package."""
    key_of(text, b"\x01")
    return text


def witness_key(text: str) -> str:
    """The same of a witness's key."""
    key_of(text, b"\x04")
    return text


def signatures(below: str, key: tuple[str, str, bytes]) -> list[bytes]:
    """What stands below a text under a key's name and id."""
    blobs = [
        base64.b64decode(text) for text in re.findall("^\u2014 " + re.escape(key[0]) + " (\\S+)$", below, re.MULTILINE)
    ]
    return [blob[4:] for blob in blobs if blob[:4].hex() == key[1]]


def is_cosigned(text: str, below: str, key: tuple[str, str, bytes]) -> bool:
    """Step 5, for one witness."""
    for blob in signatures(below, key):
        head = f"cosignature/v1\ntime {int.from_bytes(blob[:8], 'big')}\n"
        if is_signed(key[2], (head + text).encode(), blob[8:]):
            return True
    return False
