"""JSON that can be read in one way only. Two readers of an accepted text can not disagree on what it says."""

import json
from typing import Any, NoReturn

from gateway.errors import Refusal
from gateway.model import Json
from gateway.reasons import Reason

MAX_DEPTH = 32


def strict_json(body: bytes) -> Json:
    """The value of a JSON text in UTF-8.

    Raises:
        Refusal: `request_duplicate_field` for a member given twice, at any depth; `request_malformed` for a byte order
            mark, what is not UTF-8, lone surrogates, NaN and infinities, trailing data, nesting deeper than 32.
    """
    try:
        text = body.decode()
        value: Json = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError):
        raise Refusal(Reason.REQUEST_MALFORMED, field="body") from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise Refusal(Reason.REQUEST_MALFORMED, field="body")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD)
    return members


def _not_json(_constant: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def _deeper(value: Json, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(_deeper(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value))


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_not_json)
