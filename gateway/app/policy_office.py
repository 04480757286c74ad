"""The policy office of an installation: its history, its signers, what is in force, and the record of every act."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.policy_in_force import find_in_force, find_stopped, policy_history
from gateway.app.state import read_impact_key
from gateway.errors import ConfigurationError
from gateway.ledger.records.event import admin_record
from gateway.lifecycle.acts import PolicyOffice
from gateway.lifecycle.history import list_come
from gateway.lifecycle.statement import parse_signers
from gateway.model import Json
from gateway.settings import Settings


@contextmanager
def open_policy_office(settings: Settings, operator: str, *, damaged: bool = False) -> Iterator[PolicyOffice]:
    """The office, with the commands' chain of the ledger open for as long as the block.

    With `damaged` also where the policy in force cannot be read, or its signatures not be proven by the keys that are
    registered now: for stopping everything, and for going back.

    Raises:
        ConfigurationError: the signers or the history cannot be used, or the ledger cannot be written.
    """
    current, stopped, unreadable = None, None, ""
    try:
        current = find_in_force(settings, clock.now()).bundle
        stopped = None if current else find_stopped(settings)
    except ConfigurationError:
        if not damaged:
            raise
        come = list_come(
            policy_history(settings).read(), clock.now()
        )  # whoever signed the last may be registered no more
        unreadable = come[-1].revision if come else ""
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
