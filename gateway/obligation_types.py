"""The closed list of obligations: every type, its parameters, and what each must be. Said here and nowhere else.

What reads an engine's answer and what executes it both take parameters only as they come out of `read_parameters`; a
test holds the published schema to it. Imports nothing else of the gateway.
"""

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

CLAMP_WINDOW = "clamp_window"
LIMIT_RESULTS = "limit_results"
DROP_OLD_READS = "drop_reads_older_than"
DROP_OTHER_PLATES = "drop_other_plates"
MASK_FIELDS = "mask_fields"
STRIP_LINKS = "strip_links"
SET_EXPIRY = "set_expiry"
NOTIFY = "notify"
SEARCH_TYPED_PLATE = "search_typed_plate"
REQUIRE_REVIEW = "require_review"
CITE_APPROVALS = "cite_approvals"

REQUIRED = frozenset({DROP_OLD_READS, DROP_OTHER_PLATES, STRIP_LINKS})
"""What every allow carries: all operations that ship answer with plate reads."""

MASKABLE = frozenset({"plain", "location", "confidence", "link", "id"})
"""Kinds of fields that can be masked. Without plate, state and time a read could not be judged a second time."""

LONGEST_DAYS = 36_525
"""The longest duration, a century: what is longer is a mistake, and the calendar may not reach back so far."""

_LONGEST_ID = 256
_BASIS = "window_or_plate_start"
_CHANNEL = re.compile(r"[a-z][a-z0-9_.-]{0,63}")

_ReadValue: TypeAlias = Callable[[Any], Any]


def read_parameters(kind: object, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters of one obligation, in one form: whole numbers as `int`, whatever way JSON wrote them.

    Raises:
        ValueError: for a type nobody knows, a parameter too many or too few, a value of another shape. It names the
            parameter, or `obligations`; never a value.
    """
    shape = OBLIGATION_TYPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        raise ValueError("obligations")
    for name in sorted(shape.keys() ^ values.keys()):
        raise ValueError(name if name in shape else "obligations")
    return MappingProxyType({name: _read_one(name, read_value, values[name]) for name, read_value in shape.items()})


def _read_one(name: str, read_value: _ReadValue, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return read_value(value)
    except (ValueError, TypeError):
        raise ValueError(name) from None


def _days(value: Any) -> int | float:  # noqa: ANN401
    number = _number(value)
    if not 0 < number <= LONGEST_DAYS:
        raise ValueError
    return number


def _count(value: Any) -> int:  # noqa: ANN401
    return _whole(value, least=1)


def _indexes(value: Any) -> list[int]:  # noqa: ANN401
    return _distinct(value, lambda item: _whole(item, least=0))


def _ids(value: Any) -> list[str]:  # noqa: ANN401
    ids = _distinct(value, _id)
    if not ids:
        raise ValueError
    return ids


def _id(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise ValueError
    return value


def _kinds(value: Any) -> list[str]:  # noqa: ANN401
    kinds = _distinct(value, lambda item: _one_of(MASKABLE, item))
    if not kinds:
        raise ValueError
    return kinds


def _basis(value: Any) -> str:  # noqa: ANN401
    return _one_of(frozenset({_BASIS}), value)


def _channel(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or _CHANNEL.fullmatch(value) is None:
        raise ValueError
    return value


def _number(value: Any) -> int | float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return value


def _whole(value: Any, *, least: int) -> int:  # noqa: ANN401
    """JSON knows no difference between 5.0 and 5, and engines need not write it alike."""
    number = _number(value)
    if number != int(number) or number < least:
        raise ValueError
    return int(number)


def _one_of(known: frozenset[str], value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str) or value not in known:
        raise ValueError
    return value


def _distinct(value: Any, read_value: _ReadValue) -> list[Any]:  # noqa: ANN401
    if not isinstance(value, list | tuple):
        raise TypeError
    items = [read_value(item) for item in value]
    if len(set(items)) != len(items):
        raise ValueError
    return items


OBLIGATION_TYPES: Mapping[str, Mapping[str, _ReadValue]] = MappingProxyType(
    {
        CLAMP_WINDOW: {"max_lookback_days": _days},
        LIMIT_RESULTS: {"max": _count},
        DROP_OLD_READS: {"basis": _basis},
        DROP_OTHER_PLATES: {"matches": _indexes},
        MASK_FIELDS: {"kinds": _kinds},
        STRIP_LINKS: {},
        SET_EXPIRY: {"max_days": _days},
        NOTIFY: {"channel": _channel},
        SEARCH_TYPED_PLATE: {},
        REQUIRE_REVIEW: {"hours": _days},
        CITE_APPROVALS: {"approvals": _ids},
    }
)
"""Each type with its parameters, and what reads the value of each."""
