"""The command line: one file a command group, each thin. `lpr-gateway --help` lists them.

Exit codes: 0 done; 1 the thing checked is not so; 2 usage or configuration. With `--json`, standard output is JSON
only; whatever a person should see besides goes to standard error.
"""

import atexit
import errno
import gc
import importlib
from typing import Any

import click

from gateway.errors import ConfigurationError, Refusal
from gateway.media import for_terminal
from gateway.unreadable import is_unreadable, tell_unreadable

_GROUPS = {
    "approvals": "gateway.cli.approvals:approvals",
    "audit": "gateway.cli.audit:audit",
    "config": "gateway.cli.config:config",
    "demo": "gateway.cli.demo:demo",
    "doctor": "gateway.cli.doctor:doctor",
    "emergencies": "gateway.cli.emergencies:emergencies",
    "emulate": "gateway.cli.emulate:emulate",
    "facts": "gateway.cli.facts:facts",
    "init": "gateway.cli.init:init",
    "keys": "gateway.cli.keys:keys",
    "oversight": "gateway.cli.oversight:oversight",
    "policy": "gateway.cli.policy:policy",
    "serve": "gateway.cli.serve:serve",
    "witness": "gateway.cli.witness:witness",
}


_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
_YOUNG = 100_000  # objects made before it is looked for garbage among them


class _Lazy(click.Group):
    """Imports a command only when it is asked for, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _GROUPS:
            return None
        module, _, name = _GROUPS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            for problem in error.problems:
                click.echo(for_terminal(f"error: {problem}"), err=True)
            ctx.exit(2)
        except Refusal as refusal:
            note = f": {refusal.note}" if refusal.note else ""
            click.echo(for_terminal(f"error: {refusal}{note}"), err=True)
            ctx.exit(1)
        except OSError as error:
            for sentence in _tell_places(ctx.obj, error) or [_tell_fault(error)]:
                click.echo(for_terminal(f"error: {sentence}"), err=True)
            ctx.exit(2)


def _tell_places(settings: Any, error: OSError) -> list[str]:  # noqa: ANN401 - `Settings`, where the command read any
    """The settings whose folder lies below a plain file, where that is what a path has against it."""
    if settings is None or not isinstance(error, NotADirectoryError):
        return []
    from gateway.app.places import place_troubles  # only of a fault: it takes the databases' drivers along

    troubles: list[str] = place_troubles(settings)
    return troubles


def _tell_fault(error: OSError) -> str:
    """What a file or disk has against it; anything else is raised, as a closed pipe, which is click's to end quietly."""
    place = "" if error.filename is None else f"{error.filename}: "
    if error.errno in _NO_ROOM:
        where = "the disk that this writes to" if place else "a disk that this, or what it prints, is written to"
        return f"{place}there is no room left on {where}; make room, and look what was done before you do it again"
    if error.filename is None:
        raise error
    return f"{place}{tell_unreadable(error) if is_unreadable(error) else error.strerror}"


@click.group(cls=_Lazy)
@click.version_option(package_name="lpr-gateway")
def main() -> None:
    """The LPR gateway: every plate search goes through policy, and leaves a record."""
    _collect_rarely()


def _collect_rarely() -> None:
    """Look for garbage rarely, and not at the end: nearly all of what a start makes lasts as long as the process.

    Looking through it again and again, and once more before it is all given back, was a third of what a command costs.
    """
    gc.set_threshold(_YOUNG, 20, 50)
    atexit.register(gc.freeze)
