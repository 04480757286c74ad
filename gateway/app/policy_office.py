"""The policy office of an installation: its history, its signers, what is in force, and the record of every act."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import clock
from gateway.app.audit import open_command_ledger
from gateway.app.policy import find_in_force
from gateway.ledger.records.event import admin_record
from gateway.lifecycle.acts import PolicyOffice
from gateway.lifecycle.statement import parse_signers
from gateway.model import Json
from gateway.settings import Settings


@contextmanager
def open_policy_office(settings: Settings, operator: str) -> Iterator[PolicyOffice]:
    """The office, with the commands' chain of the ledger open for as long as the block.

    Raises:
        ConfigurationError: the signers or the history cannot be used, or the ledger cannot be written.
    """
    force = find_in_force(settings, clock.now())
    ledger = open_command_ledger(settings)

    def record(event_type: str, **fields: Json) -> object:
        return ledger.record(admin_record(event_type, **fields))

    try:
        yield PolicyOffice(
            state=settings.paths.state,
            registered=parse_signers(settings.policy.signers),
            current=force.bundle,
            operator=operator,
            record=record,
        )
    finally:
        ledger.close()
