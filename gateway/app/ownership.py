"""Whose the state is: every command runs as that user, for a file that root made is one that the service cannot open."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.settings import Settings

_MOST_NAMED = 3


def require_owner(settings: Settings, command: str) -> None:
    """Return where this process runs as the state's owner, or there is no state yet.

    Raises:
        ConfigurationError: with how to run the command as that user.
    """
    owner, present = find_owner(settings), os.geteuid()
    if owner is None or owner == present:
        return
    name = _user(owner)
    why = f"{settings.paths.state} belongs to {name}, and you are {_user(present)}: {name} could not open what you make"
    raise ConfigurationError([f"{why}. Run it as {name}: sudo -u {_sudo(owner)} {command} …"])


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


def foreign_files(settings: Settings) -> list[str]:
    """A sentence for each folder that holds files of somebody else than the state's owner."""
    owner, found = find_owner(settings), []
    folders = {settings.paths.state, settings.audit.directory}
    for folder in sorted(folders):
        others = [] if owner is None else [path for path in _files(folder) if path.lstat().st_uid != owner]
        if owner is not None and others:
            named = ", ".join(str(path) for path in others[:_MOST_NAMED])
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            found.append(f"{named}{more} do not belong to {_user(owner)}: chown -R {_user(owner)} {folder}")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        yield from (Path(place) / name for name in (*folders, *files))


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _sudo(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"'#{number}'"
