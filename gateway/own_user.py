"""The system's users: where the one who runs the gateway keeps a cache, which files only that one can read, and what they are called."""

import os
import pwd
import stat
import tempfile
from pathlib import Path


def find_cache() -> Path:
    """The folder for what can be made anew; that for temporary files where the user has no home, as in a container."""
    named = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - it raises for no user
    return Path(named) if Path(named).is_absolute() else Path(tempfile.gettempdir())


def is_private(path: Path) -> bool:
    """Whether only this user can read it.

    So it is with one of root's that our own group may read: a container's volumes and secrets are mounted like this, and
    their mode is not ours to change.
    """
    state = path.stat()
    is_mounted = state.st_uid == 0 != os.geteuid() and state.st_gid == os.getegid()
    return not state.st_mode & (stat.S_IRWXO if is_mounted else stat.S_IRWXG | stat.S_IRWXO)


def name_user(number: int) -> str | None:
    """What the system calls this user; None where it knows none of that number."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return None
