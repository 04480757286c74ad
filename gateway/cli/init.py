"""`init DIR`: what a new installation starts from."""

import shlex
from pathlib import Path

import click

from gateway.cli.given_once import GivenOnce

_STATE = "state"


@click.command(cls=GivenOnce)
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--state",
    default=_STATE,
    help="Where the gateway keeps its state, as /var/lib/lpr-gateway; in DIRECTORY where it does not begin with /.",
)
def init(directory: Path, state: str) -> None:
    """Write settings with comments, policies, a sample feed, secrets and an auditor's key into DIRECTORY."""
    from gateway import clock
    from gateway.app.ownership import require_own_folders
    from gateway.app.starter_files import write_starter
    from gateway.demo.agency import write_agency

    require_own_folders((directory, directory / state), "lpr-gateway init")
    now = clock.now()
    write_starter(directory, lambda feed: write_agency(feed, now), state=state, now=now)
    kept = "" if state == _STATE else f" It keeps its state in {(directory / state).resolve()}."
    click.echo(f"{directory} is ready.{kept} What to do next:\n\n  cd {shlex.quote(str(directory))}")
    click.echo((directory / "NEXT.txt").read_text(encoding="utf-8").partition("What to do next, in this folder\n\n")[2])
