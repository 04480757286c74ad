"""An engine's document becomes a `Decision`, or nothing at all.

Every engine's answer passes through `parse_decision`. What is not exactly one well-formed decision of the expected
policy is refused: a key too many, a code or an obligation nobody knows, an allow with reasons or without its duties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import Decision, Json, Obligation
from gateway.obligation_types import OBLIGATION_TYPES, REQUIRED, read_parameters
from gateway.pdp.reason_book import GATEWAY_REASONS, ReasonBook
from gateway.reasons import AnyReason, Reason

_LONGEST_TEXT = 500


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Which engine answers, the policy revision it must answer by, and the reasons that this policy may give."""

    engine: str
    engine_version: str
    revision: str
    reason_book: ReasonBook = field(default=GATEWAY_REASONS, repr=False)


def parse_decision(document: object, expected: Expected, *, duration_us: int) -> Decision:
    """The decision in an engine's document (parsed JSON).

    Raises:
        Refusal: `policy_revision_mismatch` if another policy decided; `engine_undefined` for anything else amiss.
    """
    body = _object(document, {"allow", "reasons", "obligations", "policy"})
    policy = _object(body["policy"], {"revision"})
    if policy["revision"] != expected.revision:
        raise Refusal(Reason.POLICY_REVISION_MISMATCH)
    reasons = _reasons(body["reasons"], expected.reason_book)
    obligations = _obligations(body["obligations"])
    allow = body["allow"]
    if allow is not True and allow is not False:
        raise _unusable("allow")
    if allow is bool(reasons):
        raise _unusable("reasons")
    if allow and (lacking := REQUIRED - {obligation.type for obligation in obligations}):
        raise _unusable("obligations", f"an allow lacks the obligation {min(lacking)}")
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


_NO_REASON = "a reason is given with a code that nothing declares, or twice, or without its message and its fix"


def _reasons(value: Json, reason_book: ReasonBook) -> tuple[AnyReason, ...]:
    reasons = [_object(item, {"code", "message", "fix"}) for item in _list(value, "reasons")]
    known = tuple(reason for item in reasons if (reason := reason_book.find(item["code"])) is not None)
    told = all(_is_text(reason["message"]) and _is_text(reason["fix"]) for reason in reasons)
    if len(set(known)) != len(reasons) or not told:
        raise _unusable("reasons", _NO_REASON)
    return known


def _obligations(value: Json) -> tuple[Obligation, ...]:
    obligations = tuple(_obligation(item) for item in _list(value, "obligations"))
    ids = {obligation.id for obligation in obligations}
    types = {obligation.type for obligation in obligations}
    if len(ids) != len(obligations) or len(types) != len(obligations):
        raise _unusable("obligations", "two obligations have one id, or one type")
    return obligations


def _obligation(value: Json) -> Obligation:
    if not isinstance(value, dict) or not _is_text(value.get("id")):
        raise _unusable("obligations")
    kind = value.get("type")
    try:
        params = read_parameters(kind, {name: param for name, param in value.items() if name not in {"id", "type"}})
    except ValueError as mistake:
        raise _unusable("obligations", _describe_mistake(kind, str(mistake))) from None
    return Obligation(id=str(value["id"]), type=str(kind), params=params)


def _describe_mistake(kind: Json, parameter: str) -> str:
    """Which obligation cannot be used, in our own words alone: what an engine writes is never repeated."""
    if not isinstance(kind, str) or kind not in OBLIGATION_TYPES:
        return f"an obligation has a type that nobody knows (there are {', '.join(OBLIGATION_TYPES)})"
    taken = ", ".join(OBLIGATION_TYPES[kind]) or "none"
    if parameter not in OBLIGATION_TYPES[kind]:
        return f"an obligation {kind} has a parameter that it does not take (it takes {taken})"
    return f"the `{parameter}` of an obligation {kind} is lacking or of another form"


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


def _unusable(part: str, note: str | None = None) -> Refusal:
    return Refusal(Reason.ENGINE_UNDEFINED, field=part, note=note)
