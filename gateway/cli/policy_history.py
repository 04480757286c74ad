"""`policy history | diff | show`: what was in force when, what changed, and every policy that ever decided."""

from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import clock
from gateway.cli.given_once import GivenOnce
from gateway.cli.options import EXIT_NOT_SO, print_json, show, with_config, with_json
from gateway.cli.policy_options import (
    compared_with,
    find_revision,
    load_named,
    note_consequences,
    tell_oversight,
    tell_oversight_between,
    tell_standing,
)
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.lifecycle.history import HistoryEntry


@click.command(cls=GivenOnce)
@with_config
@with_json
def history(settings: Settings, as_json: bool) -> None:
    """Every act, the newest first: who put which policy in force, from when on, and why."""
    from gateway.app.engine import folder_policy
    from gateway.app.policy_in_force import policy_history
    from gateway.app.stopped_policy import find_served
    from gateway.app.taken_up import tell_not_followed
    from gateway.errors import ConfigurationError
    from gateway.lifecycle.history import list_come, list_coming
    from gateway.lifecycle.statement import name_signers, parse_signers
    from gateway.pdp import load_revision

    now = clock.now()
    standing = policy_history(settings).standing(now)
    served = "" if standing else find_served(settings)
    in_force = standing.entry.revision if standing else served or folder_policy(settings).revision
    counter = standing.entry.counter if standing else 0
    registered = parse_signers(settings.policy.signers)
    entries = policy_history(settings).read()
    coming, come = ({entry.counter for entry in of(entries, now)} for of in (list_coming, list_come))

    def row(entry: "HistoryEntry") -> dict[str, Any]:
        return {
            "act": entry.counter,
            "what": entry.act,
            "revision": entry.revision if as_json else entry.revision[:12],
            "effective_at": entry.effective_at,
            "state": _state(entry.counter, counter, coming, come),
            "signers": name_signers(entry.signed, registered) if entry.signed else [],
            "operator": entry.operator,
            "why": entry.why,
            "changes": _changes(entry, settings),
        }

    rows = [row(entry) for entry in reversed(entries)]
    if standing is not None and in_force:
        try:
            load_revision(in_force, settings.paths.state)
        except ConfigurationError as error:
            click.echo(f"warning: {error}", err=True)
    for sentence in _tell_lost(entries, settings, in_force):
        click.echo(f"note: {sentence}", err=True)
    if standing is not None and (behind := tell_not_followed(settings, counter)) is not None:
        click.echo(f"warning: {behind}", err=True)
    if as_json:
        print_json({"in_force": in_force or None, "acts": rows})
        return
    if not rows:
        click.echo(f"no policy was activated yet; in force is {_name_folder(settings, in_force)}")
    else:
        show(rows, as_json=False)


def _name_folder(settings: Settings, in_force: str) -> str:
    """The folder that no act replaced yet, with the revision that decides; that may not be what lies there now."""
    from gateway.app.policy_drafts import tell_edited

    edited = "" if tell_edited(settings) is None else ", as the last start took it up: edited since"
    return f"{settings.paths.policies}, revision {in_force[:12]}{edited}"


def _changes(entry: "HistoryEntry", settings: Settings) -> str:
    """What an act changed in a few lines' room, and the command that shows all of it."""
    from gateway.app.policy_in_force import load_replaced
    from gateway.errors import ConfigurationError
    from gateway.lifecycle.difference import UNREADABLE, plain_changes, sum_up
    from gateway.pdp import load_revision

    if not entry.revision or not entry.replaces:
        return ""
    try:
        before, after = load_replaced(settings, entry.replaces), load_revision(entry.revision, settings.paths.state)
    except ConfigurationError:
        return UNREADABLE
    changes = plain_changes(before, after)
    told = sum_up(changes) or "no table and no rule differs"
    return f"{told} (all: policy diff {entry.replaces[:12]} {entry.revision[:12]})" if changes else told


def _tell_lost(entries: Sequence["HistoryEntry"], settings: Settings, in_force: str) -> Iterator[str]:
    """Each policy that an act names and that is not kept, beside the one in force; and what goes on without it."""
    from gateway.app.policy_in_force import load_replaced
    from gateway.errors import ConfigurationError

    named: dict[str, list[str]] = {}
    for entry in entries:
        for revision in {entry.revision, entry.replaces} - {"", in_force}:
            named.setdefault(revision, []).append(str(entry.counter))
    for revision, acts in named.items():
        try:
            load_replaced(settings, revision)
        except ConfigurationError:
            lies = settings.paths.state / "revisions" / revision
            told = f"policy {revision[:12]}, named by act {' and '.join(acts)}, is not kept as it was ({lies})"
            yield f"{told}: put that folder back from a back-up to go back there; other policies are signed and activated without it"


def _state(act: int, in_force: int, coming: Container[int], come: Container[int]) -> str:
    if act == in_force:
        return "in force"
    return "to come" if act in coming else "past" if act in come else "called off"


@click.command(cls=GivenOnce)
@click.argument("before", required=False)
@click.argument("after", required=False)
@with_config
@with_json
def diff(before: str | None, after: str | None, settings: Settings, as_json: bool) -> None:
    """What differs between two policies, each a folder or a revision; by default, from what is in force to the folder.

    Exit code 1 where anything differs.
    """
    from gateway.app.engine import folder_policy
    from gateway.lifecycle.difference import diff_digest, plain_changes, unified_diff

    old = load_named(settings, before) if before and after else compared_with(settings)
    named = after or before
    new = load_named(settings, named) if named else folder_policy(settings)
    changes = plain_changes(old, new)
    if as_json:
        patch = unified_diff(old, new)
        print_json(
            {
                "before": old.revision,
                "after": new.revision,
                "sha256": diff_digest(old, new),
                "changes": changes,
                "patch": patch,
            }
        )
    else:
        click.echo("\n".join(changes) if changes else "no table and no rule differs")
        click.echo(unified_diff(old, new), nl=False)
    if before and after and Path(before).is_dir() and Path(after).is_dir():
        tell_oversight_between(Path(before), Path(after))
    if named and Path(named).is_dir():
        tell_oversight(settings, Path(named))
        note_consequences(settings, new)
    if not named:
        tell_standing(settings, settings.paths.policies, named=False)
    if old.revision != new.revision:
        raise SystemExit(EXIT_NOT_SO)


@click.command("show", cls=GivenOnce)
@click.argument("revision")
@click.argument("file", required=False)
@with_config
@with_json
def show_revision(revision: str, file: str | None, settings: Settings, as_json: bool) -> None:
    """List the files of a kept REVISION, or print one FILE of it, as it was when it decided."""
    from gateway.errors import ConfigurationError
    from gateway.pdp import load_revision

    bundle = load_revision(find_revision(settings, revision), settings.paths.state)
    files = dict(bundle.files)
    if file is not None and file not in files:
        raise ConfigurationError([f"policy {bundle.revision[:12]} has no file {file}"])
    if as_json:
        print_json({"revision": bundle.revision, "files": {file: files[file]} if file else files})
    elif file is not None:
        click.echo(files[file], nl=False)
    else:
        click.echo(f"revision {bundle.revision}")
        click.echo("\n".join(files))
