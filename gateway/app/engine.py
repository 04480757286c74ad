"""Chooses the policy engine that the settings name, for one policy."""

from gateway.errors import ConfigurationError, Refusal
from gateway.model import Decision
from gateway.pdp import Bundle, EmbeddedEngine, Engine, load_policies
from gateway.pdp.both import BothEngines
from gateway.reasons import Reason
from gateway.settings import Settings


class StoppedEngine:
    """Allows nothing: everything was stopped, by one person and on record, until another policy is in force."""

    def decide(self, _input_text: str) -> Decision:
        """Refuse."""
        raise self._refusal()

    def warm(self) -> None:
        """Nothing is to be made ready."""

    def health(self) -> Refusal | None:
        """That it was stopped."""
        return self._refusal()

    def _refusal(self) -> Refusal:
        return Refusal(Reason.SEARCHES_STOPPED, note="the policy was deactivated: see `policy history`")


def make_engine(settings: Settings, bundle: Bundle) -> Engine:
    """An engine of the kind in force that is ready to decide by this policy: compiled, and tried on this thread.

    Before a policy takes effect in a running gateway this is called beside the requests; a switch then puts it in force
    at once for every thread. Each takes the compiled policy in with its next request, in half a millisecond.

    Raises:
        ConfigurationError: the policy cannot be used.
    """
    embedded = EmbeddedEngine(bundle)
    if settings.engine.kind == "embedded":
        return embedded
    from gateway.pdp.opa.engine import OpaEngine  # with its client, which costs a start a quarter of a second

    deadline_s = settings.engine.deadline_ms / 1000
    opa = OpaEngine(settings.engine.opa_url, bundle.revision, deadline_s=deadline_s, reason_book=bundle.reason_book)
    return opa if settings.engine.kind == "opa" else BothEngines(embedded, opa)


def folder_policy(settings: Settings) -> Bundle:
    """The policy of `[paths] policies`, which is used as it is until the first activation.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if not settings.paths.policies.is_dir():
        raise ConfigurationError([f"[paths] policies: there is no folder {settings.paths.policies}"])
    return load_policies(settings.paths.policies)
