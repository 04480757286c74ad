"""Whose the state is: every command runs as that user, for a file that root made is one that the service cannot open."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.app.places import find_existing
from gateway.errors import ConfigurationError
from gateway.own_user import name_user
from gateway.settings import Settings

_MOST_NAMED = 3


def require_owner(settings: Settings, command: str) -> None:
    """Return where this process runs as the state's owner; root, also where the state is yet to be made and is nobody's.

    Raises:
        ConfigurationError: with how to run the command as that user.
    """
    present, state = os.geteuid(), settings.paths.state
    owner = find_owner(settings)
    if owner is None and present == 0:  # what root made there, nobody else could open
        state = find_existing(state)
        owner = state.stat().st_uid
    if owner is None or owner == present:
        return
    place = _find_of(owner, state)
    if owner == 0:  # seldom on purpose: a copy or a command of root's left it so
        restored = f"If root only made or restored it: chown -R {_chown(present)}: {state}"
        told = f"{_tell_whose(place, owner)}. {restored}. If the gateway itself runs as root: {_run_as(owner, command)}"
        raise ConfigurationError([told])
    raise ConfigurationError([_tell_to_run_as(place, owner, command)])


def require_own_folders(folders: Iterable[Path], command: str) -> None:
    """Return unless root would begin an installation in folders that were made for another user.

    Raises:
        ConfigurationError: with how to run the command as that user.
    """
    present = os.geteuid()
    for folder in folders:
        owner = folder.stat().st_uid if folder.exists() else present
        if present == 0 != owner:
            raise ConfigurationError([_tell_to_run_as(folder, owner, command)])


def _tell_to_run_as(place: Path, owner: int, command: str) -> str:
    name = _user(owner)
    return (
        f"{_tell_whose(place, owner)}: {name} could not open what you make. Run it as {name}: {_run_as(owner, command)}"
    )


def _tell_whose(place: Path, owner: int) -> str:
    return f"{place} belongs to {_user(owner)}, and you are {_user(os.geteuid())}"


def _run_as(owner: int, command: str) -> str:
    user = name_user(owner) or f"'#{owner}'"
    return f"sudo -u {user} {command} …"


def find_owner(settings: Settings) -> int | None:
    """The user id that the state belongs to; None where there is none yet.

    The folder of secrets is asked, for the gateway alone makes it: a mounted volume may be another's.
    """
    for path in (settings.paths.state / "secrets", settings.paths.state):
        try:
            return path.stat().st_uid
        except PermissionError:
            continue
        except OSError:
            return None
    return None


def _find_of(owner: int, state: Path) -> Path:
    """What shows that the state is theirs, where the folder itself is somebody else's."""
    return state if state.stat().st_uid == owner else state / "secrets"


def foreign_files(settings: Settings) -> list[str]:
    """A sentence for each folder that holds files of somebody else than the state's owner."""
    owner, found = find_owner(settings), []
    state, ledger = settings.paths.state, settings.audit.directory
    for folder in (state,) if ledger.is_relative_to(state) else (state, ledger):
        others = [] if owner is None else [path for path in _files(folder) if path.lstat().st_uid != owner]
        if owner is not None and others:
            named = ", ".join(str(path) for path in others[:_MOST_NAMED])
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            verb = "do" if len(others) > 1 else "does"
            found.append(f"{named}{more} {verb} not belong to {_user(owner)}: chown -R {_chown(owner)} {folder}")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in (*folders, *files))


def _user(number: int) -> str:
    return name_user(number) or f"user {number}"


def _chown(number: int) -> str:
    return name_user(number) or str(number)
