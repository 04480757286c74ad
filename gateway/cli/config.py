"""`config check`: every mistake at once."""

import click

from gateway.cli.options import print_json, with_config, with_json
from gateway.settings import Settings


@click.group()
def config() -> None:
    """Show and check the settings."""


@config.command("check")
@with_config
@with_json
def check(settings: Settings, as_json: bool) -> None:
    """Read the settings, profiles, policies and secrets; say every mistake, or that there is none."""
    from gateway.app import create as app

    app.check(settings)
    if as_json:
        print_json({"ok": True, "vendors": [vendor.name for vendor in settings.vendors]})
    else:
        click.echo("the configuration is sound")
