"""`policy draft`: where every change begins, so that none takes back the one before."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.given_once import GivenOnce
from gateway.cli.options import print_json, with_config, with_json
from gateway.cli.policy_options import find_revision
from gateway.settings import Settings


@click.command("draft", cls=GivenOnce)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--from", "beginning", metavar="REVISION", help="An earlier policy, by how its revision begins.")
@with_config
@with_json
def draft(directory: Path, beginning: str | None, settings: Settings, as_json: bool) -> None:
    """Write the policy in force into the new folder DIRECTORY, to be changed there: with its tests, and oversight as it is."""
    from gateway.app.policy_drafts import begin_draft, tell_coming

    revision = find_revision(settings, beginning) if beginning else None
    begun = begin_draft(settings, directory, revision)
    coming = tell_coming(settings) if revision is None else None
    if as_json:
        print_json(asdict(begun))
    else:
        click.echo(f"{begun.folder}: {begun.begun_from}")
        for name in ("tests", "oversight", "cases"):
            click.echo(f"{name + ':':<11}{getattr(begun, name)}")
    if coming:
        click.echo(f"note: {coming}", err=True)
