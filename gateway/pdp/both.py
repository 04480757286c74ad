"""Two engines, and an allow only where both say the very same."""

from gateway.errors import Refusal
from gateway.model import Decision
from gateway.pdp.engine import Engine
from gateway.reasons import Reason


class BothEngines:
    """Asks one engine, then the other; the decision counts if the documents are equal, byte for byte (RFC 8785)."""

    def __init__(self, first: Engine, second: Engine) -> None:
        self._first = first
        self._second = second

    def decide(self, input_text: str) -> Decision:
        """The decision both give; either's refusal is the answer."""
        first, second = self._first.decide(input_text), self._second.decide(input_text)
        if first.document != second.document or first.allow is not second.allow:
            raise Refusal(Reason.ENGINES_DISAGREE)
        return Decision(
            allow=first.allow,
            reasons=first.reasons,
            obligations=first.obligations,
            policy_revision=first.policy_revision,
            document=first.document,
            engine=f"{first.engine}+{second.engine}",
            engine_version=f"{first.engine_version} + {second.engine_version}",
            duration_us=first.duration_us + second.duration_us,
        )

    def warm(self) -> None:
        """Warm both."""
        self._first.warm()
        self._second.warm()

    def health(self) -> Refusal | None:
        """None if both can decide now."""
        return self._first.health() or self._second.health()
