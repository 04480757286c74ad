"""What the gateway itself asks of the tables in force: the text that everybody must accept, purposes, ceilings."""

from gateway.app.policy import LivePolicy
from gateway.model import Ceiling, Ceilings, Json
from gateway.pep.accepted_text import AcceptableText, find_rules

_CEILINGS = {"person": "", "service": "service_", "office": "office_", "vendor": "vendor_"}
"""How the names of each kind's entries in the table `usage` begin."""


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


class CircumstancesInForce:
    """The kinds of emergency that the table in force names."""

    def __init__(self, policy: LivePolicy) -> None:
        self._policy = policy

    def __call__(self) -> tuple[str, ...]:
        """Their codes."""
        bundle = self._policy.force.bundle
        tables = None if bundle is None else bundle.data.get("tables")
        emergencies = tables.get("emergencies") if isinstance(tables, dict) else None
        listed = emergencies.get("circumstances") if isinstance(emergencies, dict) else None
        return tuple(map(str, listed)) if isinstance(listed, list) else ()


class CeilingsInForce:
    """How many searches each kind of account may make: what is told of it. The policy itself judges by the table."""

    def __init__(self, policy: LivePolicy) -> None:
        self._policy = policy
        self._known: tuple[str, Ceilings] = ("", {})

    def __call__(self) -> Ceilings:
        """The numbers; none where everything was stopped."""
        bundle = self._policy.force.bundle
        if bundle is None:
            return {}
        known = self._known
        if known[0] != bundle.revision:
            tables = bundle.data.get("tables")
            usage = tables.get("usage") if isinstance(tables, dict) else None
            self._known = known = (bundle.revision, {kind: _ceiling(usage, name) for kind, name in _CEILINGS.items()})
        return known[1]


def _ceiling(usage: Json, name: str) -> Ceiling:
    return Ceiling(hour=_number(usage, f"{name}hourly_ceiling"), day=_number(usage, f"{name}daily_ceiling"))


def _number(usage: Json, name: str) -> int | None:
    entry = usage.get(name) if isinstance(usage, dict) else None
    value = entry.get("value") if isinstance(entry, dict) else None
    return value if type(value) is int else None
