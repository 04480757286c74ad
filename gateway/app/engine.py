"""Chooses the policy engine that the settings name, and keeps the policy that it decides by."""

from gateway.errors import ConfigurationError
from gateway.pdp import Bundle, EmbeddedEngine, Engine, keep_revision, load_policies
from gateway.pdp.both import BothEngines
from gateway.pdp.opa.engine import OpaEngine
from gateway.settings import Settings


def make_engine(settings: Settings) -> Engine:
    """The engine, holding the policy of `[paths] policies`.

    Raises:
        ConfigurationError: the policy cannot be read or used.
    """
    return prepare_engine(settings, _policy(settings))


def prepare_engine(settings: Settings, bundle: Bundle) -> Engine:
    """An engine of the kind in force that is ready to decide by this policy: compiled, and tried on this thread.

    Before a policy takes effect in a running gateway this is called beside the requests; `SwitchingEngine.switch` then
    puts it in force at once for every thread. Each takes the compiled policy in with its next request, in half a
    millisecond.

    Raises:
        ConfigurationError: the policy cannot be used.
    """
    embedded = EmbeddedEngine(bundle)
    if settings.engine.kind == "embedded":
        return embedded
    deadline_s = settings.engine.deadline_ms / 1000
    opa = OpaEngine(settings.engine.opa_url, bundle.revision, deadline_s=deadline_s)
    return opa if settings.engine.kind == "opa" else BothEngines(embedded, opa)


def with_kept_policy(settings: Settings) -> Settings:
    """The same settings, with the policy as it is now kept under its revision, and read from there.

    So every worker of one start decides by the same policy, however long the start lasts and whatever happens to the
    folder meanwhile.

    Raises:
        ConfigurationError: the policy cannot be read, or what is kept under its revision was changed.
    """
    kept = keep_revision(_policy(settings), settings.paths.state)
    return settings.model_copy(update={"paths": settings.paths.model_copy(update={"policies": kept})})


def _policy(settings: Settings) -> Bundle:
    if not settings.paths.policies.is_dir():
        raise ConfigurationError([f"[paths] policies: there is no folder {settings.paths.policies}"])
    return load_policies(settings.paths.policies)
