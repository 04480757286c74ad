"""Where sinks of kind jsonl write: each a file of its own, and none of the gateway's."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from gateway.app.places import find_file
from gateway.app.state import secrets_folder, shared_secrets_folder
from gateway.settings import Settings

_KIND, _OF_A_FILE = "jsonl", "_file"
_KEPT = ("shipping", "oversight", "oversight-rules", "policy", "revisions", "audit-index", "metrics")
"""Folders of the state folder in which everything is the gateway's: cursors and dead letters, imports, policies, what is counted."""
_BEGINS = (b"{", b"CEF:")
"""How a line begins, in each format: as JSON, or as CEF."""


def find_target_faults(settings: Settings) -> list[str]:
    """A sentence for each file that two sinks would write, under whatever names, or that something else of the gateway is."""
    files = [(sink.name, Path(sink.target)) for sink in settings.audit.sinks if sink.kind == _KIND]
    counts = Counter(path.resolve() for _, path in files)
    shared = [
        f"[[audit.sinks]] target: {path} is written by {count} sinks" for path, count in counts.items() if count > 1
    ]
    taken = [f'sink "{name}": target: {path} {told}' for name, path in files for told in _tell_taken(settings, path)]
    return [*shared, *taken]


def _tell_taken(settings: Settings, path: Path) -> Iterator[str]:
    """What of the gateway's own would be written into: who reads it would take events for a part of it, or could not read it."""
    place = path.resolve()
    for what, folder in _folders(settings):
        if place.is_relative_to(folder.resolve()):
            yield f"lies within {what} ({folder.resolve()})"
            return
    for file in (find_file(settings.store.url), find_file(settings.facts.url)):
        if file is not None and file.resolve() == place:
            yield "is a database of the gateway's own"
            return
    if (setting := next((name for name, file in _list_named(settings) if file.resolve() == place), None)) is not None:
        yield f"is the file that {setting} names"
    elif _begins_otherwise(place):
        yield "begins with something else than a record: name a file of the sink's own, or move this one away"


def _begins_otherwise(file: Path) -> bool:
    """Whether it holds something that no format of events begins with, as a settings file: that would be written into."""
    try:
        with file.open("rb") as content:
            begin = content.read(max(map(len, _BEGINS)))
    except OSError:  # not there yet; what cannot be read is told where it is written
        return False
    return begin != b"" and not begin.startswith(_BEGINS)


def _list_named(value: object, name: str = "") -> Iterator[tuple[str, Path]]:
    """Every file that a setting names, by the setting's name."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from _list_named(getattr(value, field), field)
    elif isinstance(value, tuple):
        for one in value:
            yield from _list_named(one, name)
    elif isinstance(value, Path) and name.endswith(_OF_A_FILE):
        yield name, value


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "the ledger", settings.audit.directory
    yield "the gateway's secrets", secrets_folder(settings)
    yield "the gateway's secrets", shared_secrets_folder(settings)
    yield "the policy", settings.paths.policies
    for name in _KEPT:
        yield "what the gateway keeps", settings.paths.state / name
