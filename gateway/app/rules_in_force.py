"""What the gateway itself asks of the tables in force: the text that everybody must accept, and the ceiling of services."""

from gateway.app.policy import LivePolicy
from gateway.pep.accepted_text import AcceptableText, find_rules
from gateway.pep.ports import SERVICE_CEILING


class RulesInForce:
    """Asked for each request; a policy that takes another's place brings its own text."""

    def __init__(self, policy: LivePolicy) -> None:
        self._policy = policy
        self._known: tuple[str, AcceptableText | None] = ("", None)

    def __call__(self) -> AcceptableText | None:
        """The text; None where everything was stopped, or the policy has none."""
        bundle = self._policy.force.bundle
        if bundle is None:
            return None
        known = self._known
        if known[0] != bundle.revision:
            tables = bundle.data.get("tables")
            self._known = known = (bundle.revision, find_rules(tables) if isinstance(tables, dict) else None)
        return known[1]


class PurposesInForce:
    """The purposes that the table in force names."""

    def __init__(self, policy: LivePolicy) -> None:
        self._policy = policy

    def __call__(self) -> tuple[str, ...]:
        """Their codes."""
        bundle = self._policy.force.bundle
        tables = None if bundle is None else bundle.data.get("tables")
        purposes = tables.get("purposes") if isinstance(tables, dict) else None
        return tuple(purposes) if isinstance(purposes, dict) else ()


class ServiceCeiling:
    """How many searches one service may make in 24 hours; none where the table says something that is no number."""

    def __init__(self, policy: LivePolicy) -> None:
        self._policy = policy

    def __call__(self) -> int:
        """The number in force."""
        bundle = self._policy.force.bundle
        tables = None if bundle is None else bundle.data.get("tables")
        usage = tables.get("usage") if isinstance(tables, dict) else None
        entry = usage.get("service_daily_ceiling") if isinstance(usage, dict) else None
        if entry is None:
            return SERVICE_CEILING
        value = entry.get("value") if isinstance(entry, dict) else None
        return value if type(value) is int else 0
