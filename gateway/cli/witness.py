"""`witness serve`: keeps and cosigns the checkpoints of gateways, on another host and run by other people."""

from pathlib import Path

import click

from gateway.cli.terminal import tell
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.note import VerifierKey

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
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
    from gateway.witness.keeper import CheckpointKeeper
    from gateway.witness.service import WitnessServer

    known = _keys(logs)
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together")
    if " " in name or "+" in name or not name.isascii() or not name.isprintable():
        raise click.UsageError("--name must have no blank and no +")
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


def _keys(texts: tuple[str, ...]) -> list[VerifierKey]:
    try:
        return [VerifierKey.parse(text) for text in texts]
    except ValueError:
        raise ConfigurationError(["--log: a gateway's checkpoint key is written as name+id+key"]) from None
