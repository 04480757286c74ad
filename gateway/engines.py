"""Chooses the policy engine that the settings name, and makes sure the policy it decides by is kept."""

from gateway.errors import ConfigurationError
from gateway.pdp import EmbeddedEngine, Engine, keep_revision, load_policies
from gateway.pdp.both import BothEngines
from gateway.pdp.opa import OpaEngine
from gateway.settings import Settings


def make_engine(settings: Settings) -> Engine:
    """The engine, holding the policy of `[paths] policies`; that policy is kept readable under its revision.

    Raises:
        ConfigurationError: the policy cannot be read or used.
    """
    if not settings.paths.policies.is_dir():
        raise ConfigurationError([f"[paths] policies: there is no folder {settings.paths.policies}"])
    bundle = load_policies(settings.paths.policies)
    keep_revision(bundle, settings.paths.state)
    embedded = EmbeddedEngine(bundle)
    if settings.engine.kind == "embedded":
        return embedded
    deadline_s = settings.engine.deadline_ms / 1000
    opa = OpaEngine(settings.engine.opa_url, bundle.revision, deadline_s=deadline_s)
    return opa if settings.engine.kind == "opa" else BothEngines(embedded, opa)
