"""Where an installation will keep things: each folder that this user can neither write nor make, told before a start."""

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from gateway.errors import ConfigurationError
from gateway.settings import Settings


def place_troubles(settings: Settings) -> list[str]:
    """A sentence for each setting whose folder cannot be written, and not be made where it is not there yet."""
    found = []
    for setting, folder in _places(settings):
        there = find_existing(folder)
        if not there.is_dir():
            found.append(f"{setting}: {folder} cannot be made: {there} is no folder")
        elif os.statvfs(there).f_flag & os.ST_RDONLY:
            found.append(f"{setting}: {folder} lies on a file system that is mounted read-only")
        elif not os.access(there, os.W_OK | os.X_OK):
            found.append(f"{setting}: {folder} cannot be {_done(there == folder)} by this user")
    return found


def require_places(settings: Settings) -> None:
    """Nothing, where all can be kept.

    Raises:
        ConfigurationError: with every setting whose folder cannot be written.
    """
    troubles = place_troubles(settings)
    if troubles:
        raise ConfigurationError(troubles)


def find_existing(folder: Path) -> Path:
    """The folder, or what it is to be made in."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _done(is_there: bool) -> str:
    return "written" if is_there else "made"


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "[paths] state", settings.paths.state
    yield "[audit] directory", settings.audit.directory
    for setting, url in (("[store] url", settings.store.url), ("[facts] url", settings.facts.url)):
        file = find_file(url)
        if file is not None:
            yield setting, file.parent


def find_file(url: str) -> Path | None:
    """The file of a database on SQLite; None for any other."""
    file = make_url(url).database if url.startswith("sqlite:") else None
    return Path(file) if file else None
