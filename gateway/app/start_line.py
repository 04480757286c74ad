"""The one log line of a worker's start: which version serves, by which policy and facts, decided by what, and where."""

from importlib.metadata import version

import structlog

from gateway.app.policy import LivePolicy
from gateway.errors import Refusal
from gateway.facts import Facts
from gateway.settings import Settings

_log = structlog.get_logger(__name__)


def tell_start(settings: Settings, policy: LivePolicy, facts: Facts, chain_id: str) -> None:
    """Write it."""
    bundle = policy.force.bundle
    _log.info(
        "gateway_started",
        version=version("lpr-gateway"),
        chain=chain_id,
        policy_revision=bundle.revision if bundle else None,
        facts_revision=_facts_revision(facts),
        engine=settings.engine.kind,
        listeners={"officers": settings.server.bind, "operators": settings.admin.bind},
        vendors=[vendor.name for vendor in settings.vendors],
    )


def _facts_revision(facts: Facts) -> str | None:
    try:
        return facts.revision().revision
    except Refusal:
        return None
