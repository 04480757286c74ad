"""Chooses the policy engine that the settings name, and keeps the policy that it decides by."""

from gateway.errors import ConfigurationError
from gateway.pdp import Bundle, EmbeddedEngine, Engine, keep_revision, load_policies
from gateway.pdp.both import BothEngines
from gateway.pdp.opa import OpaEngine
from gateway.settings import Settings


def make_engine(settings: Settings) -> Engine:
    """The engine, holding the policy of `[paths] policies`.

    Raises:
        ConfigurationError: the policy cannot be read or used.
    """
    bundle = _policy(settings)
    embedded = EmbeddedEngine(bundle)
    if settings.engine.kind == "embedded":
        return embedded
    deadline_s = settings.engine.deadline_ms / 1000
    opa = OpaEngine(settings.engine.opa_url, bundle.revision, deadline_s=deadline_s)
    return opa if settings.engine.kind == "opa" else BothEngines(embedded, opa)


def keep_policy(settings: Settings) -> str:
    """Keep the policy readable under its revision, for as long as its decisions; the revision."""
    bundle = _policy(settings)
    keep_revision(bundle, settings.paths.state)
    return bundle.revision


def _policy(settings: Settings) -> Bundle:
    if not settings.paths.policies.is_dir():
        raise ConfigurationError([f"[paths] policies: there is no folder {settings.paths.policies}"])
    return load_policies(settings.paths.policies)
