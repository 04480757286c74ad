"""Who may write where: one lock file a chain, and one for the whole directory.

Locks are the kernel's (flock): they vanish with the last process that holds them, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.durable import PRIVATE_FILE, Disk, find_place
from gateway.errors import ConfigurationError

_RETRY_S = 0.05
_LOCK = "lock"


class FileLock:
    """An exclusive lock on a file, with a line of text in it that outlives the holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)

    def try_take(self) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, wait_s: float) -> bool:
        """Take the lock, waiting at most `wait_s` seconds."""
        end = time.monotonic() + wait_s
        while not self.try_take():
            if time.monotonic() >= end:
                return False
            time.sleep(_RETRY_S)
        return True

    def free(self) -> None:
        """Give the lock to others, and keep the file open."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def require_place(self) -> None:
        """Return where the file that is locked is the one that its name means.

        Raises:
            ConfigurationError: its folder was moved, deleted or replaced.
        """
        if not find_place(self.path, self._descriptor).is_there():
            gone = f"{self.path.parent} is not the folder that was there at the start: it was moved or replaced"
            raise ConfigurationError([f"{gone} while the gateway runs. Put it back, then start the gateway again"])

    def read(self) -> str:
        """What the last holder left."""
        return os.pread(self._descriptor, 4096, 0).decode("ascii", "replace")

    def write(self, text: str) -> None:
        """Leave a line for the next holder. Not synced: whoever relies on it compares it with the chain."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode("ascii"), 0)

    def close(self) -> None:
        """Give up the lock and the file."""
        os.close(self._descriptor)


def hold_directory(directory: Path, *, disk: Disk, wait_s: float = 5.0) -> FileLock:
    """The lock that keeps a second gateway off a directory.

    Taken before the workers are forked, which inherit it: as long as one of them lives, no other gateway starts.

    Raises:
        ConfigurationError: another gateway has it, or the directory cannot be written.
    """
    try:
        disk.folder(directory)
        lock = FileLock(directory / _LOCK)
    except OSError as error:
        raise ConfigurationError([f"the audit directory {directory} cannot be written: {error.strerror}"]) from error
    if lock.take(wait_s):
        return lock
    lock.close()
    raise ConfigurationError([f"another gateway is using the audit directory {directory}"])


def is_worked_in(directory: Path) -> bool:
    """Whether a gateway works or has worked in this very folder: its locks lie there, which `audit export --copy` leaves out."""
    return any((path / _LOCK).exists() for path in (directory, *directory.glob("*/")))


def read_mark(directory: Path, chain: str) -> str:
    """What the last holder of a chain left in its lock file; "" where there is none, as in a copy. Takes no lock."""
    try:
        return (directory / chain / _LOCK).read_bytes()[:4096].decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def is_directory_held(directory: Path) -> bool:
    """Whether a gateway is using the directory now. Changes nothing, and keeps no gateway from starting there."""
    try:
        descriptor = os.open(directory / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def take_slot(directory: Path, names: Sequence[str], *, disk: Disk, wait_s: float) -> tuple[str, FileLock]:
    """The first free chain of these, waiting at most `wait_s` seconds for one.

    Raises:
        ConfigurationError: all are taken, or the directory cannot be written.
    """
    end = time.monotonic() + wait_s
    while True:
        for name in names:
            lock = _try_slot(directory, name, disk)
            if lock is not None:
                return name, lock
        if time.monotonic() >= end:
            raise ConfigurationError([f"no free chain in the audit directory {directory}: {', '.join(names)} in use"])
        time.sleep(_RETRY_S)


def _try_slot(directory: Path, name: str, disk: Disk) -> FileLock | None:
    try:
        disk.folder(directory / name)
        lock = FileLock(directory / name / _LOCK)
    except OSError as error:
        raise ConfigurationError([f"the audit directory {directory} cannot be written: {error.strerror}"]) from error
    if lock.try_take():
        return lock
    lock.close()
    return None
