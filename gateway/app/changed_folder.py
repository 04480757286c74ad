"""Records a policy folder that was changed by hand: what a start takes up is told from what the one before had used."""

from collections.abc import Callable

from gateway.app.policy_in_force import PolicyInForce
from gateway.durable import REAL_DISK
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.slots import FileLock
from gateway.lifecycle.difference import MOST_CHANGES, UNREADABLE, diff_digest, list_comments, plain_changes, sum_up
from gateway.pdp import Bundle, load_revision
from gateway.settings import Settings

_LOCK_S = 10.0


def record_changed_folder(settings: Settings, force: PolicyInForce, record: Callable[[Body], object]) -> None:
    """Record `policy.changed`, once for all workers, if nobody signed this policy and the last start used another.

    It is remembered after it is on record, so that a crash between the two records it twice rather than never.

    Raises:
        ConfigurationError: who used which policy last cannot be read.
    """
    bundle = force.bundle
    if bundle is None or force.standing is not None:
        return
    folder = settings.paths.state / "policy"
    REAL_DISK.folder(folder)
    last = FileLock(folder / "folder")
    try:
        if not last.take(_LOCK_S):
            raise ConfigurationError([f"another process holds {last.path}; start again"])
        before = last.read()
        if before == bundle.revision:
            return
        if before:
            record(_describe(settings, before, bundle))
        last.write(bundle.revision)
    finally:
        last.close()


def _describe(settings: Settings, before: str, bundle: Bundle) -> Body:
    try:
        used = load_revision(before, settings.paths.state)
    except ConfigurationError:
        used = None
    changes = (plain_changes(used, bundle) or list_comments(used, bundle)) if used else []
    return admin_record(
        "policy.changed",
        policy_revision=bundle.revision,
        replaces=before,
        diff_sha256=diff_digest(used, bundle) if used else None,
        changes=[*changes[:MOST_CHANGES]],
        what=sum_up(changes) or UNREADABLE,
    )
