"""`audit shred`: the end of an epoch's plate hashes."""

from collections.abc import Iterator

import click

from gateway.app.state import index_folder, secrets_folder
from gateway.auditing.source import open_source
from gateway.auditing.unsearched import list_shredded
from gateway.cli.audit_options import make_access, note_several
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import GIVEN_TEXT, KEPT_WORDS, print_json, with_config, with_json
from gateway.cli.terminal import tell
from gateway.durable import RealDisk
from gateway.errors import ConfigurationError
from gateway.settings import Settings


@click.command("shred", cls=GivenOnce)
@click.argument("epoch", type=GIVEN_TEXT)
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
        raise ConfigurationError([_tell_absent(settings, epoch)])
    if as_json:
        print_json({"epoch": epoch, "shredded": True})
    else:
        tell(f"the key of epoch {epoch} is destroyed")
    for sentence in _tell_second_hashes(settings, epoch):
        tell(f"note: {sentence}", err=True)
    note_several(settings)


def _tell_absent(settings: Settings, epoch: str) -> str:
    """Why there is nothing to destroy: it was done before, which is on record, or there never was such a key here."""
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        before = next((one for one in list_shredded(source) if one.get("epoch") == epoch), None)
    if before is None:
        return f"there is no wrapped key of epoch {epoch}: see keys/epochs in the audit folder"
    done = f"on {before['ts']} by {before.get('operator')} ({before.get('why')})"
    return f"the key of epoch {epoch} was destroyed already, {done}; nothing was left to do, and nothing was recorded"


def _tell_second_hashes(settings: Settings, epoch: str) -> Iterator[str]:
    """By which keys that are still there the plates of an `e` epoch can be followed all the same: those of the `t` epochs beside it."""
    from gateway.ledger.epoch_keys import wrapped_folder

    asked = "SELECT DISTINCT plate_trace_epoch FROM records WHERE plate_hmac_epoch = ? AND plate_trace_epoch IS NOT NULL ORDER BY 1"
    with open_source(settings.audit.directory, index_folder(settings)) as source:
        beside = [name for (name,) in source.ask(asked, [epoch])]
    left = [name for name in beside if (wrapped_folder(settings.audit.directory) / f"{name}.age").exists()]
    lasting = [name for name in left if (secrets_folder(settings) / "epochs" / f"{name}.key").exists()]
    if left:
        once_ended = f" ({' and '.join(lasting)} once it has ended)" if lasting else ""
        yield f"its plates can still be followed by their second hash: shred {' and '.join(left)} too{once_ended}"
