"""Which policy is in force: found in the signed history, else in the folder of the settings."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway import clock
from gateway.app.engine import folder_policy
from gateway.app.stopped_policy import StoppedPolicy, find_governing, find_last_in_force, find_served
from gateway.errors import ConfigurationError
from gateway.lifecycle.history import PolicyHistory, Standing
from gateway.lifecycle.statement import parse_signers
from gateway.model import Json
from gateway.pdp import Bundle, load_revision
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """The policy that decides now. `bundle` is None where everything was stopped; `standing` where none was activated.

    `reviewed` is when two people last signed it into force; for one nobody signed, when it was first kept here.
    `before_stop` is what was in force before everything was stopped: people review and decide by its tables meanwhile.
    """

    bundle: Bundle | None
    standing: Standing | None
    reviewed: datetime | None = None
    before_stop: Bundle | None = None

    @property
    def counter(self) -> int:
        """The number of the act that put it in force; 0 for the folder of the settings."""
        return self.standing.entry.counter if self.standing else 0

    @property
    def governing(self) -> Bundle | None:
        """Whose tables hold for all but searches; None where everything was stopped and what was before cannot be read."""
        return self.bundle or self.before_stop


def policy_history(settings: Settings) -> PolicyHistory:
    """The history of this installation."""
    return PolicyHistory(settings.paths.state, parse_signers(settings.policy.signers))


def find_in_force(settings: Settings, now: datetime) -> PolicyInForce:
    """What is in force at this moment, every signature verified.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    history = policy_history(settings)
    standing = history.standing(now)
    return _of_folder(settings, now) if standing is None else _read_standing(settings, history, standing, now)


def find_before(settings: Settings, now: datetime) -> PolicyInForce:
    """What a worker of a gateway that runs goes on with where `find_in_force` fails: what was in force before, as all its workers do.

    An act that the settings of the start do not know the signers of must not end a gateway with its first lost worker.
    A start by itself refuses it.

    Raises:
        ConfigurationError: the history is damaged.
    """
    history = policy_history(settings)
    for standing in history.list_before(now):
        with suppress(ConfigurationError):
            return _read_standing(settings, history, standing, now)
    return _of_folder(settings, now)


def _of_folder(settings: Settings, now: datetime) -> PolicyInForce:
    bundle = folder_policy(settings)
    return PolicyInForce(bundle=bundle, standing=None, reviewed=_first_kept(settings, bundle.revision, now))


def _read_standing(settings: Settings, history: PolicyHistory, standing: Standing, now: datetime) -> PolicyInForce:
    if standing.stopped:
        return PolicyInForce(bundle=None, standing=standing, before_stop=_find_before_stop(settings, history, now))
    revision = standing.entry.revision
    signed = history.find_activation(revision, now)  # going back to a policy is no review of it
    return PolicyInForce(
        bundle=load_revision(revision, settings.paths.state),
        standing=standing,
        reviewed=signed.effective if signed else _first_kept(settings, revision, now),
    )


def find_taken_up(settings: Settings, now: datetime) -> PolicyInForce:
    """What searches are decided by, for who tells of it: until the first activation that is what the last start took up.

    An edit of the folder since then decided nothing, so nobody is judged by it, nobody signs in its place, and no single
    signer could go back to it.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    if policy_history(settings).standing(now) is None and (served := find_served(settings)):
        bundle = load_revision(served, settings.paths.state)
        return PolicyInForce(bundle=bundle, standing=None, reviewed=_first_kept(settings, served, now))
    return find_in_force(settings, now)


def find_deciding(settings: Settings, now: datetime) -> Bundle | None:
    """What an act comes in place of; None while everything is stopped. Raises what `find_taken_up` does."""
    return find_taken_up(settings, now).bundle


def find_compared(settings: Settings, now: datetime) -> Bundle:
    """What a draft is held against: the policy that decides; while everything is stopped, the one that was stopped.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    return find_deciding(settings, now) or find_stopped(settings).bundle


def find_stopped(settings: Settings) -> StoppedPolicy:
    """The policy that was in force before everything was stopped, or what stands in for it where that is lost.

    Raises:
        ConfigurationError: the history cannot be read, or nothing that could stand in.
    """
    return find_last_in_force(settings, policy_history(settings).read())


def load_replaced(settings: Settings, revision: str) -> Bundle:
    """A policy that an act replaced: as it was kept, or the folder's, which is not kept before it ever decided.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return load_revision(revision, settings.paths.state)
    except ConfigurationError:
        folder = folder_policy(settings)
        if folder.revision == revision:
            return folder
        raise


def _find_before_stop(settings: Settings, history: PolicyHistory, now: datetime) -> Bundle | None:
    """What was in force before everything was stopped: by the last signed act, for a stop itself nobody signs.

    None where it cannot be read: what stops everything must not depend on it.
    """
    try:
        signed = history.find_before_stop(now)
        if signed is None:
            return find_governing(settings, history.read())
        return load_revision(signed.revision, settings.paths.state)
    except ConfigurationError:
        return None


def find_policy(settings: Settings) -> Bundle:
    """The policy in force; where everything was stopped, that of the folder of the settings.

    Raises:
        ConfigurationError: it cannot be read, or was not signed as it must be.
    """
    return find_in_force(settings, clock.now()).bundle or folder_policy(settings)


def find_tables(settings: Settings) -> Mapping[str, Json]:
    """The tables of the policy in force, or that was before everything was stopped; raises what `find_policy` does."""
    return read_tables(find_in_force(settings, clock.now()).governing or folder_policy(settings))


def find_deciding_tables(settings: Settings) -> Mapping[str, Json]:
    """The tables by which people are judged: of what was taken up, or was before everything was stopped; raises what `find_policy` does."""
    return read_tables(find_taken_up(settings, clock.now()).governing or folder_policy(settings))


def find_held_tables(settings: Settings) -> Mapping[str, Json]:
    """The same for a gateway that runs, which goes on with what was before where that is not so."""
    try:
        return find_tables(settings)
    except ConfigurationError:
        return read_tables(find_before(settings, clock.now()).governing or folder_policy(settings))


def read_tables(policy: Bundle | None) -> Mapping[str, Json]:
    """The tables of a policy; without one there are none."""
    tables = policy.data.get("tables") if policy else None
    return tables if isinstance(tables, dict) else {}


def _first_kept(settings: Settings, revision: str, now: datetime) -> datetime:
    """When this installation first kept a policy, by its folder, which is written once; one not yet kept is new."""
    try:
        kept = (settings.paths.state / "revisions" / revision).stat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return now
    return datetime.fromtimestamp(kept, UTC)
