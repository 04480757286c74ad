"""The disks of state, store and facts, where they are others than the ledger's: told while there is time to make room."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.app.places import find_existing, find_file
from gateway.ledger.space import free_bytes
from gateway.settings import Settings

_MEBIBYTE = 1 << 20
_STATE, _STORE, _FACTS = "[paths] state", "[store] url", "[facts] url"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDisk:
    """A disk that the ledger does not lie on: the settings that put something there, the folder of the first, MiB free."""

    settings: tuple[str, ...]
    folder: Path
    free_mb: int

    @property
    def name(self) -> str:
        """Which disk it is, for whoever is to make room on it."""
        return f"the disk of {self.folder} ({', '.join(self.settings)})"


def find_other_disks(settings: Settings) -> list[OtherDisk]:
    """Each of them once, whatever lies on it. The ledger's own is looked at by the ledger, which serves nothing on a full one.

    Raises:
        OSError: a folder cannot be looked at.
    """
    by_device: dict[int, dict[str, Path]] = {}
    for setting, folder in _places(settings):
        if (there := find_existing(folder)).is_dir():  # that it is none is told as such
            by_device.setdefault(_find_device(there), {})[setting] = folder
    by_device.pop(_find_device(find_existing(settings.audit.directory)), None)
    return [_look(on_it) for on_it in by_device.values()]


def watch_disks(
    settings: Settings, alarm: Callable[[str, str], object], end_alarm: Callable[[str], object]
) -> Callable[[], None]:
    """What is to be called again and again: `alarm` with a sentence and the setting it is about, or `end_alarm` with that."""

    def look() -> None:
        with suppress(OSError):  # a check says so of what lies there
            low = {disk.settings[0]: disk for disk in find_other_disks(settings) if is_low(settings, disk)}
            for setting in (_STATE, _STORE, _FACTS):
                if setting in low:
                    alarm(f"{low[setting].free_mb} MiB left on {low[setting].name}", setting)
                else:
                    end_alarm(setting)

    return look


def is_low(settings: Settings, disk: OtherDisk) -> bool:
    """Whether there is less room than what is warned of."""
    return disk.free_mb < settings.audit.warn_free_mb


def _look(on_it: dict[str, Path]) -> OtherDisk:
    folder = next(iter(on_it.values()))
    return OtherDisk(settings=tuple(on_it), folder=folder, free_mb=free_bytes(find_existing(folder)) // _MEBIBYTE)


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield _STATE, settings.paths.state
    for setting, url in ((_STORE, settings.store.url), (_FACTS, settings.facts.url)):
        file = find_file(url)
        if file is not None:
            yield setting, file.resolve().parent  # what SQLite keeps beside it lies where a link leads


def _find_device(path: Path) -> int:
    return path.stat().st_dev
