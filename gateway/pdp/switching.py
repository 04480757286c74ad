"""The engine in force, which another can take the place of while requests are served."""

from gateway.errors import Refusal
from gateway.model import Decision
from gateway.pdp.engine import Engine


class SwitchingEngine:
    """Decides by whichever engine is in force. A decision is made by one engine from start to end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def switch(self, engine: Engine) -> None:
        """From the next decision on, on every thread, this one is in force. It is to be prepared before."""
        self._engine = engine

    def decide(self, input_text: str) -> Decision:
        """The decision on this input."""
        return self._engine.decide(input_text)

    def warm(self) -> None:
        """Make the engine in force ready on the calling thread."""
        self._engine.warm()

    def health(self) -> Refusal | None:
        """None if the engine in force can decide now."""
        return self._engine.health()
