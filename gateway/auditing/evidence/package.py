"""What is given out, file by file: into a folder, or straight into one zip file. Nothing passes through a temporary file."""

import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.auditing.private import fresh_folder, write_private
from gateway.durable import PRIVATE_FILE
from gateway.errors import ConfigurationError


class Package:
    """Takes files and remembers the SHA-256 of each."""

    def __init__(self, folder: Path | None, archive: zipfile.ZipFile | None) -> None:
        self._folder, self._archive = folder, archive
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Put a file in; each name once."""
        self.digests[name] = hashlib.sha256(content).hexdigest()
        if self._archive is not None:
            self._archive.writestr(name, content)
        elif self._folder is not None:
            write_private(self._folder / name, content)


@contextmanager
def open_package(out: Path) -> Iterator[Package]:
    """A new folder, or a new zip file where the name ends so, in capital letters or not.

    Raises:
        ConfigurationError: it exists already.
        OSError: it cannot be written.
    """
    if out.suffix.lower() != ".zip":
        fresh_folder(out)
        yield Package(out, None)
        return
    try:
        descriptor = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        raise ConfigurationError([f"{out} exists already"]) from None
    with os.fdopen(descriptor, "w+b") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        yield Package(None, archive)
