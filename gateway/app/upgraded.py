"""What an upgrade may leave behind: a signed policy that was made for an earlier version."""

from gateway import clock
from gateway.app.kept_policy import find_shortfalls
from gateway.app.policy_in_force import find_in_force
from gateway.settings import Settings

_POLICY = (
    "the signed policy in force, {revision}, decides as it was signed, and lacks what this version checks for, {count} in "
    "all, as {first} Sign a new revision: see operators.md, upgrade"
)


def policy_shortfalls(settings: Settings) -> list[str]:
    """A sentence where the signed policy in force would not pass this version's check; it can be decided by all the same.

    Raises:
        ConfigurationError: the policy cannot be read.
    """
    force = find_in_force(settings, clock.now())
    if force.bundle is None or force.standing is None:
        return []
    told = find_shortfalls(settings, force.bundle)
    return [_POLICY.format(revision=force.bundle.revision[:12], count=len(told), first=told[0])] if told else []
