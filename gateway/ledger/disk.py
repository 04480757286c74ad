"""Every act by which the ledger changes the disk, in one small class, so that a test can fail or kill at each of them.

Nothing here retries or tidies up: an error goes to whoever asked, and the ledger then ends.
"""

import os
from pathlib import Path
from typing import Protocol

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


class Disk(Protocol):
    """What the ledger needs of a disk. Every method raises OSError where it could not do all of it."""

    def folder(self, path: Path) -> None:
        """Make a private folder (and those above it) that survives a power cut."""

    def create(self, path: Path) -> int:
        """Create a private file for appending that must not exist yet; its descriptor."""

    def extend(self, path: Path) -> int:
        """Open a file for appending, creating it where needed; its descriptor."""

    def write(self, descriptor: int, data: bytes) -> None:
        """Append all of the data."""

    def sync(self, descriptor: int) -> None:
        """Return when what was written is on the disk."""

    def sync_folder(self, path: Path) -> None:
        """Return when names in this folder are on the disk."""

    def replace(self, source: Path, target: Path) -> None:
        """Give a file another's name, at once."""

    def remove(self, path: Path) -> None:
        """Remove a file."""


class RealDisk:
    """The operating system's."""

    def folder(self, path: Path) -> None:
        """Make a private folder that survives a power cut."""
        if path.is_dir():
            return
        self.folder(path.parent)
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        self.sync_folder(path.parent)

    def create(self, path: Path) -> int:
        """Create a private file for appending."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)

    def extend(self, path: Path) -> int:
        """Open a file for appending."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)

    def write(self, descriptor: int, data: bytes) -> None:
        """Append all of the data: a disk that fills takes a part first, and says so only at the next call."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, descriptor: int) -> None:
        """Flush the file's data and what is needed to find it."""
        os.fdatasync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Flush a folder's names."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Rename."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Unlink."""
        path.unlink()


def put(disk: Disk, path: Path, data: bytes) -> None:
    """Write a whole file so that after any interruption there is the old one, the new one, or (at first) none."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        disk.write(descriptor, data)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
    disk.replace(fresh, path)
    disk.sync_folder(path.parent)
