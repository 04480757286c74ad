"""The one seam between the gateway and a policy engine."""

from typing import Protocol

from gateway.errors import Refusal
from gateway.model import Decision

ENTRYPOINT = "data.lpr.decision"
PROBE = "{}"
"""An input that knows nothing. A sound policy answers it, with a denial; it tells whether an engine can decide."""


class Engine(Protocol):
    """Judges one policy input at a time; called from many threads at once."""

    def decide(self, input_text: str) -> Decision:
        """The decision on this input, a JSON text of our own making.

        Raises:
            Refusal: `engine_unavailable`, `engine_late`, `engine_undefined`, `engines_disagree`,
                `policy_revision_mismatch`: whatever is not one complete and expected decision.
        """
        ...

    def warm(self) -> None:
        """Make ready on the calling thread whatever its first decision would otherwise wait for."""
        ...

    def health(self) -> Refusal | None:
        """None if the engine can decide now, by the policy expected of it; else why not. Raises nothing."""
        ...
