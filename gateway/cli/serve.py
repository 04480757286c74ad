"""`serve`: the gateway on gunicorn."""

import click

from gateway.cli.given_once import GivenOnce
from gateway.cli.options import with_config
from gateway.settings import Settings


@click.command(cls=GivenOnce)
@with_config
def serve(settings: Settings) -> None:
    """Run the gateway. SIGTERM ends it within 15 seconds, requests in hand finished."""
    from gateway.app.create import run

    run(settings)
