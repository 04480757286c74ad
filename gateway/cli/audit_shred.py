"""`audit shred`: the end of an epoch's plate hashes."""

import click

from gateway.app.state import secrets_folder
from gateway.cli.audit_options import make_access
from gateway.cli.options import KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.terminal import tell
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.settings import Settings


@click.command("shred")
@click.argument("epoch")
@click.option(
    "--why", type=KEPT_WORDS, required=True, help="On whose decision it is destroyed; kept in the audit record."
)
@with_config
@with_json
def shred(epoch: str, why: str, settings: Settings, as_json: bool) -> None:
    """Destroy the wrapped key of an ended EPOCH (as e000001), so that nobody can ever follow its plates by their hashes.

    The sealed plates stay readable to auditors until their segments go; the chain verifies as before.
    """
    from gateway.ledger.epoch_keys import shred as destroy

    access = make_access(settings, why)
    gone = destroy(
        settings.audit.directory,
        secrets_folder(settings),
        epoch,
        why=why,
        record=lambda body: access.recorder(body.pop("event_type"), **body, operator=access.reader),
        disk=RealDisk(),
    )
    if not gone:
        raise ConfigurationError([f"there is no wrapped key of epoch {epoch}: see keys/epochs in the audit folder"])
    if as_json:
        print_json({"epoch": epoch, "shredded": True})
    else:
        tell(f"the key of epoch {epoch} is destroyed")
        if epoch.startswith("e"):
            tell(
                "note: its plates can still be followed by their second hash: shred the two t epochs that overlap it too",
                err=True,
            )
