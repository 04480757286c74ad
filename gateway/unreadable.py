"""Files that are there and that this user may not read: told as such, with what gives them back, and not as wrong or missing.

Root's edits leave such files where root's umask is 077. Imports nothing else of the gateway.
"""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

_MOST_TOLD = 3


def tell_unreadable(error: OSError) -> str:
    """`cannot be read`, and why; where permission alone is missing, also whom to give which file or folder."""
    told = f"cannot be read ({error.strerror or type(error).__name__})"
    if not isinstance(error, PermissionError) or error.filename is None:
        return told
    place = _find_closed(Path(os.fsdecode(error.filename)))
    user = _name_user(os.geteuid())
    if not _is_anothers(place):
        return f"{told}: chmod -R u+rX {place}"
    remedy = f"chown -R {user}: {place}"
    if place == Path(os.fsdecode(error.filename)):
        return f"{told}: {remedy}"
    careful = f"{told}: put the file into a folder that {user} may enter"
    return careful if _is_home(place) else f"{careful}; or, where {place} holds the gateway's files alone, {remedy}"


def is_unreadable(error: OSError) -> bool:
    """Whether what is there may not be read; not, where something could not be written or made."""
    if not isinstance(error, PermissionError) or error.filename is None:
        return False
    path = Path(os.fsdecode(error.filename))
    return _find_closed(path) != path or (path.exists() and not os.access(path, os.R_OK, effective_ids=True))


def find_unreadable(folder: Path, *endings: str, without: str = "") -> list[OSError]:
    """What keeps each folder in a folder from being listed, and each file of these endings from being opened.

    `without` names a folder right below that is not looked into. What is not there, or no longer, is none of them.
    """
    found: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=found.append):
        here = Path(place)
        folders[:] = [name for name in sorted(folders) if here != folder or name != without]
        found += _try_opening(here / name for name in sorted(files) if name.endswith(endings))
    return [error for error in found if not isinstance(error, FileNotFoundError | NotADirectoryError)]


def tell_all_unreadable(folder: Path, *endings: str, without: str = "") -> list[str]:
    """A sentence for each of the first few of these, with its path in the folder, and one that counts the others."""
    found = find_unreadable(folder, *endings, without=without)
    told = [f"{_name_in(folder, error)}: {tell_unreadable(error)}" for error in found[:_MOST_TOLD]]
    if more := len(found) - _MOST_TOLD:
        told += [f"{folder}: {more} more of its files and folders cannot be read"] if more > 0 else []
    return told


def _try_opening(paths: Iterator[Path]) -> Iterator[OSError]:
    for path in paths:
        try:
            if path.is_file():
                path.open("rb").close()
        except OSError as error:
            yield error


def _name_in(folder: Path, error: OSError) -> str:
    path = Path(os.fsdecode(error.filename or folder))
    return path.relative_to(folder).as_posix() if path != folder and path.is_relative_to(folder) else str(path)


def _find_closed(path: Path) -> Path:
    """The first folder on the way to a file that does not let this user in; where all do, the file itself."""
    on_the_way = [*reversed(path.absolute().parents)]
    return next((folder for folder in on_the_way if not os.access(folder, os.X_OK, effective_ids=True)), path)


def _is_anothers(place: Path) -> bool:
    try:
        return place.stat().st_uid != os.geteuid()
    except OSError:
        return True


def _is_home(place: Path) -> bool:
    """Whether somebody else lives there, as in `/root`: it is never given away."""
    return any(user.pw_dir == str(place) and user.pw_uid != os.geteuid() for user in pwd.getpwall())


def _name_user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
