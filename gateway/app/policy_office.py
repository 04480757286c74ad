"""The policy office of an installation: its history, its signers, what is in force, and the record of every act."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.policy_in_force import find_deciding, find_stopped, policy_history
from gateway.app.state import read_impact_key
from gateway.app.stopped_policy import find_served, load_first
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.lifecycle.acts import PolicyOffice
from gateway.lifecycle.history import list_come
from gateway.lifecycle.statement import parse_signers
from gateway.model import Json
from gateway.pdp import Bundle
from gateway.settings import Settings


@contextmanager
def open_policy_office(settings: Settings, operator: str, *, damaged: bool = False) -> Iterator[PolicyOffice]:
    """The office, with the commands' chain of the ledger open for as long as the block.

    With `damaged` also where the policy in force cannot be read, or its signatures not be proven by the keys that are
    registered now: for stopping everything, and for going back.

    Raises:
        ConfigurationError: the signers or the history cannot be used, or the ledger cannot be written.
    """
    current, stopped, unreadable = (_find_ended if damaged else _find_held)(settings)
    ledger = open_command_ledger(settings, without_policy=damaged)

    def record(event_type: str, **fields: Json) -> object:
        return ledger.record(admin_record(event_type, **fields))

    try:
        yield PolicyOffice(
            state=settings.paths.state,
            registered=parse_signers(settings.policy.signers),
            current=current,
            operator=operator,
            record=record,
            unreadable=unreadable,
            stopped=stopped,
            impact_key=None if damaged else read_impact_key(settings),
        )
    finally:
        ledger.close()


def _find_held(settings: Settings) -> tuple[Bundle | None, Bundle | None, str]:
    """What is in force and, while everything is stopped, what a draft is held against."""
    current = find_deciding(settings, clock.now())
    return current, None if current else find_stopped(settings).bundle, ""


def _find_ended(settings: Settings) -> tuple[Bundle | None, Bundle | None, str]:
    """What truly was in force until now, for whoever ends it, and its revision where it cannot be read.

    Until the first activation that is what the last start took up: the folder may have been edited since, and who stops or goes
    back must not leave the edit on record as what was in force.
    """
    come = list_come(policy_history(settings).read(), clock.now())
    if not come:
        served = find_served(settings)
        current = load_first(settings, [served])
        return current, None, "" if current else served
    try:
        return _find_held(settings)
    except ConfigurationError:  # whoever signed the last may be registered no more
        return None, None, come[-1].revision
