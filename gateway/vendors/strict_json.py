"""A request's JSON: what can be read in one way only, and is not nested too deeply. Anything else is refused."""

from gateway.errors import Refusal
from gateway.model import Json
from gateway.reasons import Reason
from gateway.strict import RepeatedName, parse_json

MAX_DEPTH = 32


def strict_json(body: bytes) -> Json:
    """The value of a JSON text in UTF-8.

    Raises:
        Refusal: `request_duplicate_field` for a member given twice, at any depth; `request_malformed` for a byte order
            mark, what is not UTF-8, lone surrogates, NaN and infinities, trailing data, nesting deeper than 32.
    """
    try:
        text = body.decode()
        value: Json = parse_json(text)
    except RepeatedName:
        raise Refusal(Reason.REQUEST_DUPLICATE_FIELD) from None
    except (ValueError, RecursionError):
        raise Refusal(Reason.REQUEST_MALFORMED, field="body", hint="Allowed: one JSON text in UTF-8.") from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _deeper(value, MAX_DEPTH):
        raise Refusal(Reason.REQUEST_MALFORMED, field="body", hint=f"Allowed: at most {MAX_DEPTH} levels.")
    return value


def _deeper(value: Json, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if levels == 0:
        return True
    return any(_deeper(item, levels - 1) for item in (value.values() if isinstance(value, dict) else value))
