"""The rules of behavior that the policy in force asks everybody to accept, worked out once for each policy."""

from gateway.app.policy import LivePolicy
from gateway.pep.accepted_text import AcceptableText, find_rules


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
