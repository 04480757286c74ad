"""Writing that outlives a power cut: content, then its name, then the folder that holds the name. Only here.

What the ledger does to the disk goes through `Disk`, a few acts, so that a test can fail or kill at each of them.
Nothing here retries: an error goes to whoever asked. Imports nothing else of the gateway.
"""

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


class Disk(Protocol):
    """The acts that change a disk. Every method raises OSError where it could not do all of it."""

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
    """The operating system's disk."""

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
        """Rename a file over another."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Unlink a file."""
        path.unlink()


REAL_DISK = RealDisk()


def write_whole(path: Path, parts: Iterable[bytes], disk: Disk = REAL_DISK) -> None:
    """Write a file so that after any interruption there is the old one, the new one, or (at first) none."""
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        for part in parts:
            disk.write(descriptor, part)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
    disk.replace(fresh, path)
    disk.sync_folder(path.parent)


class FilePlace(NamedTuple):
    """Where an open file was when it was opened: its path, and the file that this path meant."""

    path: Path
    device: int
    number: int

    def is_there(self) -> bool:
        """Whether the path still means that file: not where it, or a folder above it, was moved, deleted or replaced."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - a third of the time, at every record
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == (self.device, self.number)


def find_place(path: Path, descriptor: int) -> FilePlace:
    """The place of a file that was just opened by this path."""
    status = os.fstat(descriptor)
    return FilePlace(path, status.st_dev, status.st_ino)


def is_special(path: Path) -> bool:
    """Whether a pipe, a device or a socket lies there: one may wait for ever for whoever reads it, and nothing stays in it."""
    try:
        mode = path.stat().st_mode  # once: what is there may go meanwhile
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def append_durably(path: Path, data: bytes, disk: Disk = REAL_DISK) -> None:
    """Add to the end of a file, made where needed; it outlives a power cut."""
    descriptor = disk.extend(path)
    try:
        disk.write(descriptor, data)
        disk.sync(descriptor)
    finally:
        os.close(descriptor)
    disk.sync_folder(path.parent)


def make_within(directory: Path, name: str, disk: Disk = REAL_DISK) -> Path:
    """Make a folder in one that must be there, so that what was moved away is never begun anew in its place.

    Raises:
        OSError: there is no such directory, or the disk does not let us.
    """
    if not directory.is_dir():
        raise FileNotFoundError(errno.ENOENT, "the folder is gone", str(directory))
    made = directory / name
    if not made.is_dir():
        made.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)  # this one alone: the directory may go at any moment
        disk.sync_folder(directory)
    return made


def write_once(path: Path, content: bytes) -> None:
    """Write a private file unless it is there already: whoever comes first, it is whole and outlives a power cut."""
    if not path.exists():
        draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=".draft-")) / path.name
        write_whole(draft, [content])
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        shutil.rmtree(draft.parent)
    REAL_DISK.sync_folder(path.parent)


def write_folder_once(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write a folder of files unless it is there already, whole or not at all."""
    if not folder.exists():
        REAL_DISK.folder(folder.parent)
        draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".draft-"))
        for name, content in files:
            REAL_DISK.folder((draft / name).parent)
            write_whole(draft / name, [content])
        try:
            draft.rename(folder)
        except OSError:  # another process wrote it meanwhile
            shutil.rmtree(draft)
    REAL_DISK.sync_folder(folder.parent)


def move(source: Path, target: Path) -> None:
    """Give a complete file its name: first the content is on disk, then the name."""
    descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    source.replace(target)
    REAL_DISK.sync_folder(target.parent)
