"""Settings, rules and secrets that others than their owner can change: whoever can, can allow everything or redirect a vendor."""

import os
import pwd
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.own_user import name_user
from gateway.settings.load import secret_files, shared_secret_files
from gateway.settings.shape import Settings

_MOST_TOLD = 3


def writable_warnings(settings: Settings, file: Path | None = None) -> list[str]:
    """A sentence for the settings file, the rules, the oversight and each secret, and the folders they lie in, that others can change."""
    oversight = settings.oversight.directory
    secrets = [*secret_files(settings), *shared_secret_files(settings)]
    places = [settings.paths.policies, *([oversight] if oversight else []), *secrets, *([file] if file else [])]
    found = [sentence for place in dict.fromkeys(places) for sentence in _judge(place, [*_list(place)])]
    folders = dict.fromkeys(place.parent for place in places)
    return found + [sentence for folder in folders for sentence in _judge(folder, [folder])]


def _judge(place: Path, paths: Sequence[Path]) -> Iterator[str]:
    """What can be changed of these, which are all of a place; one that cannot be looked at is told by whoever reads it."""
    states = {path: state for path in paths if (state := _look_at(path)) is not None}
    open_ones = [path for path, state in states.items() if _can_be_changed(state)]
    if open_ones:
        named = ", ".join(str(path) for path in open_ones[:_MOST_TOLD])
        more = f" and {len(open_ones) - _MOST_TOLD} more" if len(open_ones) > _MOST_TOLD else ""
        yield f"{named}{more} can be changed by others; chmod {'-R ' if len(paths) > 1 else ''}go-w {place}"
    owners = {state.st_uid for state in states.values()} - {0, os.geteuid()}
    for owner in sorted(name_user(owner) or f"user {owner}" for owner in owners):
        yield f"{place} {'holds what ' if len(paths) > 1 else ''}belongs to {owner}, who can change it; chown it to root or to the gateway's user"


def _list(place: Path) -> Iterator[Path]:
    yield place
    if place.is_dir():
        for folder, folders, files in os.walk(place):
            yield from (Path(folder) / name for name in (*folders, *files))


def _look_at(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _can_be_changed(state: os.stat_result) -> bool:
    if stat.S_ISDIR(state.st_mode) and state.st_mode & stat.S_ISVTX:
        return False
    by_group = bool(state.st_mode & stat.S_IWGRP) and state.st_gid not in _own_groups(state.st_uid)
    return by_group or bool(state.st_mode & stat.S_IWOTH)


def _own_groups(owner: int) -> set[int]:
    """Root's, this process's, and the one that is the owner's alone as a rule."""
    try:
        return {0, os.getegid(), pwd.getpwuid(owner).pw_gid}
    except KeyError:
        return {0, os.getegid()}
