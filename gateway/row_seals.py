"""Keyed digests over rows that lie in a database. Imports nothing else of the gateway.

Whoever can write a table but cannot read the installation's secret can delete a row, or put back one that was there
before; what they change or make up is not believed.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson

SEAL = "seal"
"""The column that a row's digest is kept in."""


def make_seal(key: bytes, table: str, row: Mapping[str, Any]) -> str:
    """The digest of a row, in hex. What is null is left out, so a column that comes later changes no older digest."""
    kept = {str(name): _plain(value) for name, value in row.items() if value is not None and name != SEAL}
    text = orjson.dumps([table, kept], option=orjson.OPT_SORT_KEYS)
    return hmac.digest(key, text, hashlib.sha256).hex()


def is_sealed(key: bytes, table: str, row: Mapping[str, Any]) -> bool:
    """Whether the row carries its own digest."""
    return hmac.compare_digest(make_seal(key, table, row), str(row.get(SEAL)))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any column's value
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value
