"""A request's JSON: what can be read in one way only, and is not nested too deeply. Anything else is refused."""

import codecs
import json
from collections.abc import Container

from gateway.errors import Refusal
from gateway.model import Json
from gateway.reasons import Reason
from gateway.strict import UTF_16_MARKS, RepeatedName, parse_json

MAX_DEPTH = 32
_NO_TEXT = "Allowed: one JSON text in UTF-8."
_MARKED = "It begins with a byte order mark: send it as UTF-8 without one."
_WIDE = "It is in UTF-16 or UTF-32: send it as UTF-8."
_EMPTY = "It is empty: send one JSON object."
_OBJECT = 'send one JSON object, its fields by their names, as {"name": "value"}.'
_WIDE_MARKS = (*UTF_16_MARKS, codecs.BOM_UTF32_BE)
_KINDS = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def json_object(body: bytes, known: Container[str] = ()) -> dict[str, Json]:
    """The members of a request's body, which is one JSON object; of a name given twice only a `known` one is told.

    Raises:
        Refusal: those of `strict_json`; `request_wrong_type` for any other value, saying which kind it is.
    """
    value = strict_json(body, known)
    if not isinstance(value, dict):
        kind = "null" if value is None else _KINDS[type(value)]
        raise Refusal(Reason.REQUEST_WRONG_TYPE, field="body", hint=f"It is {kind}: {_OBJECT}")
    return value


def strict_json(body: bytes, known: Container[str] = ()) -> Json:
    """The value of a JSON text in UTF-8.

    Raises:
        Refusal: `request_duplicate_field` for a member given twice, at any depth; `request_malformed` for a byte order
            mark, what is not UTF-8, lone surrogates, NaN and infinities, trailing data, nesting deeper than 32.
    """
    try:
        text = body.decode()
        value: Json = parse_json(text)
    except RepeatedName as repeated:  # of any other name nobody knows what was written there
        named = repeated.name if repeated.name in known else None
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD, field=named) from None
    except (ValueError, RecursionError) as mistake:
        raise Refusal(Reason.REQUEST_MALFORMED, field="body", hint=_tell_no_text(body, mistake)) from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise Refusal(Reason.REQUEST_MALFORMED, field="body", hint=f"Allowed: at most {MAX_DEPTH} levels.")
    return value


def _tell_no_text(body: bytes, mistake: Exception) -> str:
    """Why a body cannot be read, where its first bytes say so, and what is read; from where on it cannot, never what is there."""
    if not body.strip():
        return _EMPTY
    if body.startswith(codecs.BOM_UTF8):
        return _MARKED
    if body.startswith(_WIDE_MARKS):
        return _WIDE
    if isinstance(mistake, json.JSONDecodeError):
        return f"{_NO_TEXT} From character {mistake.pos + 1} on this is none."
    return _NO_TEXT


def _deeper(value: Json, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(_deeper(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value))
