"""The content of a page token: a page opening as a compact JSON array, and back, value for value.

Positions instead of names, nothing twice, and compression where it is long keep the token short enough for a request
line. What differs from page to page (the vendor's page id, the end) is left out: so all pages of a search weigh alike.
"""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import orjson

from gateway.model import (
    AnswerRules,
    Claims,
    Context,
    Declared,
    EffectiveQuery,
    Geo,
    PageOpening,
    PlateRule,
    PlateTerm,
    Query,
    TimeSpan,
    Window,
)
from gateway.plates import read_sought
from gateway.value import Value, astuple, replace

T = TypeVar("T")
V = TypeVar("V", bound=Value)

_PLAIN, _COMPRESSED = b"j", b"z"
_WORTHWHILE = 1024  # bytes; below, compressing costs more time than it saves in length
_RAW_DEFLATE = -15
# Most bytes that JSON makes of a character; of a plate's rule, with its plate, state and time; of what is around each;
# of an earlier time at which a plate was held; of the rest.
_ESCAPED, _RULE_BYTES, _RULES_BYTES, _EARLIER_BYTES, _BARE_BYTES = 6, 300, 300, 80, 2000
_EPOCH = datetime.fromtimestamp(0, UTC)


def write_opening(opening: PageOpening) -> bytes:
    """The opening without person, key and mount, which the seal binds, and without page id and end."""
    query, declared, effective = opening.query, opening.declared, opening.effective
    same_reason = declared.reason_text == query.claims.reason_text
    same_rest = effective.rest == query.rest
    bare = replace(
        opening,
        page_id="",
        expires_at=_EPOCH,
        user_id="",
        key_id="",
        mount="",
        declared=replace(declared, reason_text=None) if same_reason else declared,
        effective=replace(effective, rest={}) if same_rest else effective,
    )
    text = orjson.dumps([bare, same_reason, same_rest], default=_positional)
    return _PLAIN + text if len(text) < _WORTHWHILE else _COMPRESSED + zlib.compress(text, wbits=_RAW_DEFLATE)


def reckon_most_bytes(opening: PageOpening) -> int:
    """No fewer bytes than `write_opening` gives: quickly added up, and enough for nearly every search."""
    query, declared, effective = opening.query, opening.declared, opening.effective
    texts = [query.claims.purpose, query.claims.case_number, query.claims.reason_text, query.page, query.vendor]
    texts += [declared.purpose, declared.case_number, declared.reason_text, effective.purpose, effective.case_number]
    texts += [query.operation, effective.operation, effective.vendor, effective.page_id, opening.decision_id]
    if declared.context is not None:
        texts += [declared.context.purpose, declared.context.case_number, declared.context.mount]
        texts += [declared.context.context_id, declared.context.user_id]
    rules = sum(_RULES_BYTES + _RULE_BYTES * len(rule.plates) for rule in effective.rules)
    rules += sum(_EARLIER_BYTES * len(plate.earlier) for rule in effective.rules for plate in rule.plates)
    rest = len(orjson.dumps([query.rest, effective.rest]))
    return _BARE_BYTES + _ESCAPED * sum(len(text) for text in texts if text is not None) + rules + rest


def read_opening(
    content: bytes, *, page_id: str, expires_at: datetime, user_id: str, key_id: str, mount: str
) -> PageOpening:
    """The opening that `write_opening` wrote; the content is authentic, so its form is not in doubt."""
    text = content[1:] if content[:1] == _PLAIN else zlib.decompress(content[1:], wbits=_RAW_DEFLATE)
    values, same_reason, same_rest = orjson.loads(text)
    bare = _opening(values)
    query, declared, effective = bare.query, bare.declared, bare.effective
    return replace(
        bare,
        page_id=page_id,
        expires_at=expires_at,
        user_id=user_id,
        key_id=key_id,
        mount=mount,
        declared=replace(declared, reason_text=query.claims.reason_text) if same_reason else declared,
        effective=replace(effective, rest=query.rest) if same_rest else effective,
    )


def _positional(value: Any) -> list[Any]:  # noqa: ANN401 - what orjson does not write by itself
    if isinstance(value, Value):
        return list(astuple(value))
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


def _make(kind: type[V], values: list[Any], **readers: Callable[[Any], Any]) -> V:
    """The value of these field values, in order; where there is a reader for a field, of what it makes of it.

    Fields that an earlier version did not write have their defaults.
    """
    named = dict(zip(kind.__struct_fields__[: len(values)], values, strict=True))
    for name, reader in readers.items():
        if named.get(name) is not None:
            named[name] = reader(named[name])
    return kind(**named)


def _each(reader: Callable[[Any], T]) -> Callable[[list[Any]], tuple[T, ...]]:
    return lambda values: tuple(reader(value) for value in values)


_time = datetime.fromisoformat
_window = partial(_make, Window, start=_time, end=_time)
_span = partial(_make, TimeSpan, start=_time, end=_time)
_rule = partial(_make, PlateRule, text=read_sought, not_before=_time, earlier=_each(_span))
_rules = partial(_make, AnswerRules, not_before=_time, not_after=_time, plates=_each(_rule), masked=frozenset)
_context = partial(_make, Context, declared_at=_time, expires_at=_time)
_declared = partial(_make, Declared, context=_context)
_effective = partial(_make, EffectiveQuery, plate=read_sought, window=_window, rules=_each(_rules))
_query = partial(
    _make,
    Query,
    plate=partial(_make, PlateTerm, text=read_sought),
    window=_window,
    geo=partial(_make, Geo),
    claims=partial(_make, Claims),
)
_opening = partial(
    _make, PageOpening, expires_at=_time, query=_query, declared=_declared, effective=_effective, asked_at=_time
)
