"""What the policy commands share: their kinds of arguments, and how a revision and OPA are found."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from gateway import clock
from gateway.cli.options import GivenFolder
from gateway.errors import ConfigurationError
from gateway.pdp import Bundle, load_policies, load_revision
from gateway.pdp.check.report import WITHOUT_CASES, PolicyReport
from gateway.settings import Settings

FOLDER = GivenFolder()
_MOST_LINES = 40
_FEWEST_DIGITS = 8
"""Of a revision: fewer might be an act's number, and put another policy in force than was meant."""
KEY_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def require_opa() -> Path:
    """The OPA program.

    Raises:
        ConfigurationError: there is none.
    """
    from gateway.pdp.opa.process import OPA_VERSION, find_opa

    found = find_opa()
    if found is None:
        raise ConfigurationError([f"this needs OPA {OPA_VERSION}: put it on the PATH, or name it with OPA_BIN"])
    return found


def find_revision(settings: Settings, beginning: str) -> str:
    """The kept revision that begins so.

    Raises:
        ConfigurationError: there is none, or more than one; or so few digits that the number of an act might be meant.
    """
    require_enough(settings, beginning)
    folder = settings.paths.state / "revisions"
    found = [path.name for path in sorted(folder.iterdir()) if not path.name.startswith(".")] if folder.is_dir() else []
    matching = [name for name in found if name.startswith(beginning.lower())]  # a word processor begins with a capital
    if len(matching) != 1:
        raise ConfigurationError(
            [f"{'no' if not matching else 'more than one'} kept revision begins with {beginning!r}"]
        )
    return matching[0]


def require_enough(settings: Settings, beginning: str) -> None:
    """Refuse so few digits that the number of an act might be meant, or another policy.

    Raises:
        ConfigurationError: what they might mean.
    """
    if len(beginning) < _FEWEST_DIGITS:
        raise ConfigurationError([_tell_too_short(settings, beginning)])


def _tell_too_short(settings: Settings, beginning: str) -> str:
    """That a few digits name no policy; and which one the act of this number put in force, where it is one."""
    from gateway.app.policy_in_force import policy_history

    told = f"{beginning!r} is too short for a revision: write at least {_FEWEST_DIGITS} of its characters"
    with contextlib.suppress(ConfigurationError):
        for act in policy_history(settings).read():
            if str(act.counter) == beginning and act.revision:
                return f"{told}. Act {beginning} is policy {act.revision[:12]}"
    return told


def load_named(settings: Settings, name: str) -> Bundle:
    """A policy by its folder, or by how its kept revision begins.

    Raises:
        ConfigurationError: there is no such policy.
    """
    if Path(name).is_dir():
        return load_policies(Path(name))
    try:
        revision = find_revision(settings, name)
    except ConfigurationError as mistake:
        raise ConfigurationError(
            [f"there is no folder {name}; as a revision: {problem}" for problem in mistake.problems]
        ) from None
    return load_revision(revision, settings.paths.state)


def compared_with(settings: Settings) -> Bundle:
    """What a draft is compared with; that it is the one that was stopped, where it is, goes to standard error.

    Raises:
        ConfigurationError: it cannot be read.
    """
    from gateway.app.policy_drafts import tell_edited
    from gateway.app.policy_in_force import find_deciding, find_stopped

    current = find_deciding(settings, clock.now())
    if current is not None:
        if told := tell_edited(settings):
            click.echo(f"note: compared with policy {current.revision[:12]}: {told}", err=True)
        return current
    stopped = find_stopped(settings)
    told = stopped.note or f"compared with policy {stopped.bundle.revision[:12]}, which was stopped"
    click.echo(f"note: everything is stopped: {told}", err=True)
    return stopped.bundle


def tell_oversight(settings: Settings, policies: Path) -> None:
    """Note on standard error that a draft's oversight is another than the one followed, which no signature changes."""
    from gateway.app.oversight_faults import tell_unsigned

    told = tell_unsigned(settings, policies)
    if told is not None:
        click.echo(f"note: {told}", err=True)


def tell_oversight_between(before: Path, after: Path) -> None:
    """Note on standard error each way in which the oversight that lies in two policy folders differs."""
    from gateway.app.oversight_rules import read_rules, tell_changes

    for change in tell_changes(*(read_rules(folder / "oversight") for folder in (before, after))):
        click.echo(f"note: {change}", err=True)


def tell_standing(settings: Settings, folder: Path, *, named: bool) -> None:
    """Note on standard error which folder is looked at where none was named, and which changes in force it takes back.

    What is wrong in the folder is told as what it is by whoever needs it.
    """
    from gateway.app.policy_drafts import tell_folder

    if not named:
        with _noting_unreadable():
            click.echo(f"note: {tell_folder(settings, folder)}", err=True)
    with contextlib.suppress(ConfigurationError):
        note_consequences(settings, load_policies(folder))


def note_consequences(settings: Settings, draft: Bundle) -> None:
    """Note on standard error what a draft does beside what it was written for, as far as the history can be read."""
    from gateway.app.policy_drafts import tell_consequences

    with _noting_unreadable():
        for sentence in tell_consequences(settings, draft):
            click.echo(f"note: {sentence}", err=True)


@contextlib.contextmanager
def _noting_unreadable() -> Iterator[None]:
    """Note instead, where what is in force or was cannot be read, that this cannot be held against it."""
    try:
        yield
    except ConfigurationError as mistake:
        for problem in mistake.problems:
            click.echo(f"note: not held against what is in force or was: {problem}", err=True)


def note_what_is_signed(settings: Settings, draft: Bundle) -> None:
    """Note on standard error each change that a signature is given for, and what the draft does beside it."""
    with contextlib.suppress(ConfigurationError):
        note_changes(compared_with(settings), draft, "this is signed to change")
    note_consequences(settings, draft)


def note_changes(before: Bundle, after: Bundle, what: str) -> None:
    """Note on standard error what differs between two policies, below `what` this is."""
    from gateway.lifecycle.difference import plain_changes

    changes = plain_changes(before, after)
    click.echo(f"note: {what if changes else 'no table and no rule differs'}", err=True)
    for change in changes[:_MOST_LINES]:
        click.echo(f"  {change}", err=True)
    if len(changes) > _MOST_LINES:
        click.echo(f"  and {len(changes) - _MOST_LINES} more: `policy diff` tells them all", err=True)


def tell_not_made(report: PolicyReport, settings: Settings) -> Iterator[str]:
    """What a check could not look at; where no cases lie beside a draft, also where those of the installation are."""
    from gateway.pdp.check.case_files import find_cases

    for sentence in report.not_made:
        own = find_cases(settings.paths.policies) if sentence == WITHOUT_CASES else None
        yield sentence if own is None else f"{sentence}; {tell_own_cases(own)}"


def tell_own_cases(folder: Path) -> str:
    """How the cases of the installation are tried with a draft that lies elsewhere."""
    return f"those of this installation are tried with --cases {folder}"
