"""`witness`: keeps and cosigns the checkpoints of gateways, on another host and run by other people."""

import re
from pathlib import Path

import click

from gateway import clock
from gateway.cli.given_once import Commands
from gateway.cli.options import KEPT_WORDS, GivenFolder
from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import VerifierKey

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
_ORIGIN = re.compile(r"(lpr-gateway-[0-9a-f]{16})(\+.*)?")


@click.group(cls=Commands)
def witness() -> None:
    """A witness of gateways' ledgers."""


@witness.command("serve")
@click.option("--name", required=True, help="What the witness is called, as witness.agency.example; part of its key.")
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True, help="A folder of its own.")
@click.option("--log", "logs", multiple=True, required=True, metavar="KEY", help="A gateway's checkpoint key; repeat.")
@click.option("--bind", default="127.0.0.1:8443", show_default=True, help="Address and port; port 0 takes a free one.")
@click.option("--certificate", type=_file, help="Serve https with this certificate (PEM), and --key.")
@click.option("--key", type=_file, help="The certificate's private key (PEM).")
def serve(name: str, state: Path, logs: tuple[str, ...], bind: str, certificate: Path | None, key: Path | None) -> None:
    """Keep the last checkpoint of each gateway; refuse a fork or a roll-back; cosign what follows.

    Prints the witness's own key, which auditors put into their trust file. Without --certificate it serves plain http:
    put a TLS proxy in front of it wherever it listens on anything but loopback.
    """
    from gateway.server.bind import require_free
    from gateway.witness.keeper import CheckpointKeeper
    from gateway.witness.service import WitnessServer

    known = _keys(logs)
    _require_address(bind)
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together")
    if " " in name or "+" in name or not name.isascii() or not name.isprintable():
        raise click.UsageError("--name must have no blank and no +")
    _require_pair(certificate, key)
    require_free("--bind", bind)
    keeper = CheckpointKeeper(state, name, known)
    tell(f"key: {keeper.cosigner.key}")
    keeper.close()
    server = WitnessServer(
        lambda: CheckpointKeeper(state, name, known),
        bind=bind,
        certificate=certificate,
        key=key,
        ready=lambda address: tell(f"witness on {address}", err=True),
    )
    server.run()


@witness.command("end")
@click.argument("log")
@click.option("--state", type=GivenFolder(), required=True)
@click.option(
    "--why",
    type=KEPT_WORDS,
    required=True,
    help='Why, as "restored from the backup of 12 May, incident 2026-31"; it is kept.',
)
def end(log: str, state: Path, why: str) -> None:
    """Take no more checkpoints of LOG, a gateway's ledger; what is held of it stays, as evidence.

    For a ledger that was lawfully restored from a backup: it cannot follow what is held here, and goes on with another
    witness, which has a folder, a name and a key of its own. LOG is lpr-gateway-… or a checkpoint key. Works while the
    witness serves. It cannot be taken back.
    """
    from gateway.witness.ending import end_log

    match = _ORIGIN.fullmatch(log)
    if match is None:
        raise click.UsageError("LOG is written as lpr-gateway- and 16 hex digits, or is a checkpoint key (name+id+key)")
    if not why.strip():
        raise click.UsageError("--why says why")
    last = end_log(state, match[1], why, clock.now())
    tell(f"ended: checkpoint {last.number} of {last.time} stays the last that this witness holds of {match[1]}")


def _require_pair(certificate: Path | None, key: Path | None) -> None:
    """Refuse a certificate and a key with which no connection could be answered."""
    from gateway.server.tls import TlsFiles, find_problems

    if certificate is not None and key is not None:
        files = TlsFiles(cert_file=certificate, key_file=key, client_ca_file=None)
        if problems := find_problems(files, "--certificate", "--key"):
            raise ConfigurationError(problems)


def _require_address(bind: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    from gateway.settings.values import Bind

    try:
        TypeAdapter(Bind).validate_python(bind)
    except ValidationError:
        raise click.UsageError("--bind must be address:port, as 127.0.0.1:8443") from None


def _keys(texts: tuple[str, ...]) -> list[VerifierKey]:
    try:
        return [VerifierKey.parse(text) for text in texts]
    except ValueError:
        raise ConfigurationError(["--log: a gateway's checkpoint key is written as name+id+key"]) from None
