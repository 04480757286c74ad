"""RFC 8785 JSON: one text for one value. Imports nothing else of the gateway.

Records and policy inputs are hashed and compared as bytes, so there must be exactly one way to write them.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import orjson

_LARGEST = 2**53
_SMALLEST, _TOO_LARGE = 1e-4, 1e15  # between these, every encoder and RFC 8785 write fractions alike


_EXACT = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_LEAVES = frozenset({str, int, bool, type(None)})
_CONTAINERS = frozenset({dict, list})


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value; anything else raises
    """The RFC 8785 text of a JSON value.

    Raises:
        ValueError: for NaN, infinities, fractions below 1e-4 or from 1e15, integers beyond 2^53, lone surrogates, keys
            that are not ASCII text.
    """
    return canonical_bytes(value).decode()


def canonical_bytes(value: Any) -> bytes:  # noqa: ANN401 - any JSON value; anything else raises
    """The RFC 8785 form of a JSON value in UTF-8; raises what `canonical` does.

    The fast encoder writes exactly that form for what nearly all records hold: ASCII text, safe integers, and fractions
    that every encoder writes alike. Anything else goes the slow way. The tests hold both against another implementation.
    """
    if _is_plain(value):
        try:
            text = orjson.dumps(value, option=_EXACT)
        except TypeError:  # an integer beyond 2^53, a lone surrogate, a key that is no text
            text = b"\xff"
        if text.isascii():
            return text
    settled = _settle(value)
    return json.dumps(settled, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether nothing in the value has two ways to be written; only values of exactly JSON's own types."""
    if type(value) not in _CONTAINERS:
        return type(value) in _LEAVES
    waiting = [value]
    for container in waiting:  # grows while it is gone through
        items = container.values() if type(container) is dict else container
        if _LEAVES.issuperset(map(type, items)):
            continue
        for item in [item for item in items if type(item) not in _LEAVES]:
            if type(item) in _CONTAINERS:
                waiting.append(item)
            elif not _is_plain_fraction(item):
                return False
    return True


def _is_plain_fraction(value: Any) -> bool:  # noqa: ANN401 - what is no leaf and no container
    return type(value) is float and _SMALLEST <= abs(value) < _TOO_LARGE and value != int(value)


def _settle(value: Any) -> Any:  # noqa: ANN401
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError("integer beyond 2^53")
        return value
    if isinstance(value, float):
        return _settle_float(value)
    if isinstance(value, Mapping):
        return {_settle_key(key): _settle(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settle(item) for item in value]
    raise ValueError(f"not a JSON value: {type(value).__name__}")


def _settle_float(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    if value == int(value) and abs(value) <= _LARGEST:
        return int(value)
    if not _SMALLEST <= abs(value) < _TOO_LARGE:
        raise ValueError("fraction out of the range that records use")
    return value


def _settle_key(key: Any) -> str:  # noqa: ANN401
    if not isinstance(key, str) or not key.isascii():
        raise ValueError("keys must be ASCII text")
    return key
