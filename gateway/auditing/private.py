"""What is given out lies private: 0600 and 0700 whatever the umask, in a folder of ours or in one that was there."""

import os
from pathlib import Path

from gateway.durable import PRIVATE_FILE, PRIVATE_FOLDER
from gateway.errors import ConfigurationError


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, for its owner alone; one that is there stays as it is.

    Raises:
        ConfigurationError: it cannot be made, as where a file has its name.
    """
    if not path.is_dir():
        private_folder(path.parent)
        try:
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        except OSError as error:
            told = "a file has this name" if path.exists() else error.strerror
            raise ConfigurationError([f"the folder {path} cannot be made: {told}"]) from None
    return path


def refuse_within_ledger(out: Path) -> None:
    """What is given out is no part of a ledger, and would be taken for one there.

    Raises:
        ConfigurationError: it would lie in a ledger's folder.
    """
    for folder in out.absolute().parents:
        if (folder / "checkpoints").is_dir() and (folder / "keys" / "installation").exists():
            raise ConfigurationError([f"{out} would lie in the ledger {folder}: choose a folder elsewhere"])


def fresh_folder(out: Path) -> None:
    """A folder for what is given out.

    Raises:
        ConfigurationError: it exists and is not empty, or cannot be made.
    """
    refuse_within_ledger(out)
    try:
        private_folder(out)
        if any(out.iterdir()):
            raise ConfigurationError([f"{out} is not empty"])
    except OSError as error:
        raise ConfigurationError([f"{out} cannot be used: {error.strerror}"]) from None


def private_file(path: Path) -> Path:
    """Make a file, empty, for its owner alone; whatever was there before (a link too) gives way.

    Raises:
        ConfigurationError: it cannot be made, as where a folder has its name.
    """
    private_folder(path.parent)
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE))
    except OSError as error:
        raise ConfigurationError([f"{path} cannot be written: {error.strerror}"]) from None
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a file for its owner alone."""
    private_file(path).write_bytes(content)


def replace_private(path: Path, content: bytes) -> None:
    """The same in the place of a file that others read meanwhile: they find the old one or the new one, whole."""
    draft = path.with_suffix(".draft")
    write_private(draft, content)
    draft.replace(path)
