"""An engine's document becomes a `Decision`, or nothing at all.

Every engine's answer passes through `parse_decision`. What is not exactly one well-formed decision of the expected
policy is refused: a key too many, a code or an obligation nobody knows, an allow with reasons or without its duties.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import Decision, Json, Obligation
from gateway.reasons import POLICY_REASONS, Reason

_LONGEST_TEXT = 500
_MASKABLE = frozenset({"plain", "location", "confidence", "link", "id"})
_CHANNEL = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_CODES = frozenset(reason.value for reason in POLICY_REASONS)


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT


def _is_count(value: Json) -> bool:
    return type(value) is int and value >= 1


def _is_duration(value: Json) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value > 0


def _is_plate_start(value: Json) -> bool:
    return value == "window_or_plate_start"


def _is_channel(value: Json) -> bool:
    return isinstance(value, str) and _CHANNEL.fullmatch(value) is not None


def _are_indexes(value: Json) -> bool:
    return (
        isinstance(value, list)
        and all(type(index) is int and index >= 0 for index in value)
        and len(set(map(str, value))) == len(value)
    )


def _are_kinds(value: Json) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(kind, str) and kind in _MASKABLE for kind in value)
        and len(set(map(str, value))) == len(value)
    )


OBLIGATIONS: Mapping[str, Mapping[str, Callable[[Json], bool]]] = MappingProxyType(
    {
        "clamp_window": {"max_lookback_days": _is_duration},
        "limit_results": {"max": _is_count},
        "drop_reads_older_than": {"basis": _is_plate_start},
        "drop_other_plates": {"matches": _are_indexes},
        "mask_fields": {"kinds": _are_kinds},
        "strip_links": {},
        "set_expiry": {"max_days": _is_duration},
        "notify": {"channel": _is_channel},
    }
)
"""The closed list of obligation types, each with its parameters and what they must be."""

REQUIRED = frozenset({"drop_reads_older_than", "drop_other_plates", "strip_links"})
"""What every allow carries: all operations that ship answer with plate reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Which engine answers, and the policy revision it must answer by."""

    engine: str
    engine_version: str
    revision: str


def parse_decision(document: object, expected: Expected, *, duration_us: int) -> Decision:
    """The decision in an engine's document (parsed JSON).

    Raises:
        Refusal: `policy_revision_mismatch` if another policy decided; `engine_undefined` for anything else amiss.
    """
    body = _object(document, {"allow", "reasons", "obligations", "policy"})
    policy = _object(body["policy"], {"revision"})
    if policy["revision"] != expected.revision:
        raise Refusal(Reason.POLICY_REVISION_MISMATCH)
    reasons = _reasons(body["reasons"])
    obligations = _obligations(body["obligations"])
    allow = body["allow"]
    if allow is not True and allow is not False:
        raise _unusable("allow")
    if allow is bool(reasons):
        raise _unusable("reasons")
    if allow and not {obligation.type for obligation in obligations} >= REQUIRED:
        raise _unusable("obligations")
    return Decision(
        allow=allow,
        reasons=reasons,
        obligations=obligations,
        policy_revision=expected.revision,
        document=_text(body),
        engine=expected.engine,
        engine_version=expected.engine_version,
        duration_us=duration_us,
    )


def _reasons(value: Json) -> tuple[str, ...]:
    reasons = [_object(item, {"code", "message", "fix"}) for item in _list(value, "reasons")]
    codes = tuple(reason["code"] for reason in reasons if isinstance(reason["code"], str) and reason["code"] in _CODES)
    told = all(_is_text(reason["message"]) and _is_text(reason["fix"]) for reason in reasons)
    if len(set(codes)) != len(reasons) or not told:
        raise _unusable("reasons")
    return codes


def _obligations(value: Json) -> tuple[Obligation, ...]:
    obligations = tuple(_obligation(item) for item in _list(value, "obligations"))
    ids = {obligation.id for obligation in obligations}
    types = {obligation.type for obligation in obligations}
    if len(ids) != len(obligations) or len(types) != len(obligations):
        raise _unusable("obligations")
    return obligations


def _obligation(value: Json) -> Obligation:
    if not isinstance(value, dict) or not _is_text(value.get("id")):
        raise _unusable("obligations")
    kind = value.get("type")
    shape = OBLIGATIONS.get(kind) if isinstance(kind, str) else None
    params = {name: param for name, param in value.items() if name not in {"id", "type"}}
    if shape is None or params.keys() != shape.keys() or not all(shape[name](params[name]) for name in shape):
        raise _unusable("obligations")
    return Obligation(id=str(value["id"]), type=str(kind), params=MappingProxyType(params))


def _object(value: object, keys: set[str]) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != keys:
        raise _unusable("document")
    return value


def _list(value: Json, name: str) -> Sequence[Json]:
    if not isinstance(value, list):
        raise _unusable(name)
    return value


def _text(body: Mapping[str, Json]) -> str:
    try:
        return canonical(body)
    except ValueError:
        raise _unusable("document") from None


def _unusable(part: str) -> Refusal:
    return Refusal(Reason.ENGINE_UNDEFINED, field=part)
