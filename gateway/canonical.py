"""RFC 8785 JSON: one text for one value. Imports nothing else of the gateway.

Records and policy inputs are hashed and compared as bytes, so there must be exactly one way to write them.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

_LARGEST = 2**53


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value; anything else raises
    """The RFC 8785 text of a JSON value.

    The standard encoder gives exactly that form for ASCII keys and integers, at a tenth of the cost; what it would
    write differently (fractions, keys that sort differently in UTF-16) is settled first.

    Raises:
        ValueError: for NaN, infinities, integers beyond 2^53, lone surrogates, keys that are no strings.
    """
    text = json.dumps(_settled(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()  # a lone surrogate has no UTF-8
    return text


def _settled(value: Any) -> Any:  # noqa: ANN401
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError("integer beyond 2^53")
        return value
    if isinstance(value, float):
        return _settled_float(value)
    if isinstance(value, Mapping):
        return {_settled_key(key): _settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(item) for item in value]
    raise ValueError(f"not a JSON value: {type(value).__name__}")


def _settled_float(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    if value == int(value) and abs(value) <= _LARGEST:
        return int(value)
    if not 1e-4 <= abs(value) < 1e15:  # noqa: PLR2004 - between these, Python and RFC 8785 write fractions alike
        raise ValueError("fraction out of the range that records use")
    return value


def _settled_key(key: Any) -> str:  # noqa: ANN401
    if not isinstance(key, str) or not key.isascii():
        raise ValueError("keys must be ASCII text")
    return key
