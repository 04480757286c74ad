"""`demo`: a small agency, two vendors and the gateway on this machine, walked through."""

import click
from rich.console import Console

from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO


@click.command(cls=GivenOnce)
@click.option("--port", type=click.IntRange(1, 65535), help="The gateway's port (default: any free one).")
@click.option("--once", is_flag=True, help="End after the walk; exit 1 if any step did otherwise than it should.")
@click.pass_context
def demo(context: click.Context, port: int | None, once: bool) -> None:
    """Start everything on a temporary folder, walk through allowed and denied searches, and stay up to be tried."""
    from gateway.demo import demonstrate

    if not demonstrate(port=port, once=once, console=Console(), command=context.find_root().command):
        raise SystemExit(EXIT_NOT_SO)
