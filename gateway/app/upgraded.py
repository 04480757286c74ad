"""What an upgrade may leave behind: a signed policy, or detectors, that were made for an earlier version."""

from gateway import clock
from gateway.app.kept_policy import find_shortfalls
from gateway.app.oversight import agency_values, oversight_folder
from gateway.app.policy import find_in_force
from gateway.app.state import oversight_directory
from gateway.errors import ConfigurationError
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
    from gateway.oversight.detectors.catalog import read_detectors
    from gateway.oversight.detectors.trial import try_detectors  # with a database of its own

    if not oversight_directory(settings).is_dir():
        return []
    try:
        zone = agency_values(settings)["time_zone"]
        return try_detectors(read_detectors(oversight_folder(settings)), at=clock.now(), zone=zone)
    except ConfigurationError as error:
        return error.problems
