"""The log's lines of a start: that it begins anew; and which version serves, by which policy and facts, by what, and where."""

from importlib.metadata import version

import structlog

from gateway.app.policy import LivePolicy
from gateway.app.state import tell_beginning
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


def tell_begun(settings: Settings) -> None:
    """Say it before everything else where nothing is kept yet: it may be that the state was moved, or is not mounted."""
    beginning = tell_beginning(settings)
    if beginning is not None:
        _log.warning("state_begins", why=beginning)


def _facts_revision(facts: Facts) -> str | None:
    try:
        return facts.revision().revision
    except Refusal:
        return None
