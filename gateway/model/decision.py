"""What was decided: the answer of an engine, and what it costs."""

from collections.abc import Mapping

from gateway.model.json_value import Json
from gateway.reasons import AnyReason
from gateway.value import Value


class Obligation(Value, frozen=True, kw_only=True):
    """What an allow costs: `type` is one of the closed list, `params` as the policy gave them."""

    id: str
    type: str
    params: Mapping[str, Json]


class Decision(Value, frozen=True, kw_only=True):
    """One engine's whole answer, already checked against its schema.

    `reasons` are in the order the policy gave them, each with its text, of this policy's own too; `document` is the canonical text (RFC 8785) of the whole
    answer; `duration_us` is the engine's time.
    """

    allow: bool
    reasons: tuple[AnyReason, ...]
    obligations: tuple[Obligation, ...]
    policy_revision: str
    document: str
    engine: str
    engine_version: str
    duration_us: int
