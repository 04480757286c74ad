"""What an upgrade may leave behind: a signed policy, or detectors, that were made for an earlier version."""

from gateway import clock
from gateway.app.kept_policy import find_shortfalls
from gateway.app.policy import find_in_force
from gateway.settings import Settings

_POLICY = (
    "the signed policy in force, {revision}, decides as it was signed, and lacks what this version checks for, {count} in "
    "all, as {first} Sign a new revision: see operators.md, upgrade"
)


def policy_shortfalls(settings: Settings) -> list[str]:
    """A sentence where the signed policy in force would not pass this version's check; it can be decided by all the same."""
    told = find_shortfalls(settings)
    if not told:
        return []
    bundle = find_in_force(settings, clock.now()).bundle
    revision = bundle.revision[:12] if bundle else ""
    return [_POLICY.format(revision=revision, count=len(told), first=told[0])]


def detector_troubles(settings: Settings) -> list[str]:
    """What keeps detectors of misuse from being run, a sentence each."""
    from gateway.app.oversight_faults import find_oversight_faults  # with a database of its own

    return find_oversight_faults(settings)
