"""Files and folders that the settings name and that are read only later: one that is not there is told before it is missed."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.facts.manifest import read_manifest_key
from gateway.settings import Settings
from gateway.unreadable import tell_unreadable

_NO_AUTHORITY = "holds no certificate (PEM), so that nobody would be trusted"


def named_troubles(settings: Settings) -> list[str]:
    """A sentence for each that is not there, or is not what it should be."""
    missing = [
        f"{setting}: there is no file {path}" for setting, path in _files(settings) if path and not _is_there(path)
    ]
    closed = [f"{setting}: {told}" for setting, path in _files(settings) if path and (told := _tell_closed(path))]
    closed += [f"{setting}: {path} {_NO_AUTHORITY}" for setting, path in _authorities(settings) if _holds_none(path)]
    return [*missing, *closed, *_look_at_manifest_key(settings.facts.manifest_key_file)]


def _look_at_manifest_key(path: Path | None) -> list[str]:
    """That it is no such key, as the private one; that it is not there, or may not be read, is told as of every file."""
    if path is None or not path.is_file() or _tell_closed(path):
        return []
    try:
        read_manifest_key(path)
    except ConfigurationError as wrong:
        return wrong.problems
    return []


def _is_there(path: Path) -> bool:
    """Also where this user may not look into its folder, which is told by itself."""
    try:
        return path.is_file()
    except PermissionError:
        return True


def _tell_closed(path: Path) -> str | None:
    """That it is there, and may not be read."""
    try:
        if path.is_file():
            path.open("rb").close()
    except OSError as error:
        return f"{path} {tell_unreadable(error)}"
    return None


def _authorities(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Where the settings name whom to trust, wherever they do."""
    named = [
        ("[telemetry] ca_file", settings.telemetry.ca_file),
        *(("[[oidc]] ca_file", one.ca_file) for one in settings.oidc),
        *(("[[audit.witnesses]] ca_file", one.ca_file) for one in settings.audit.witnesses),
        *((f'[[audit.sinks]] "{one.name}" ca_file', one.ca_file) for one in settings.audit.sinks),
        *((f"[[vendors]] {one.name} ca_file", one.ca_file) for one in settings.vendors),
    ]
    yield from ((setting, path) for setting, path in named if path is not None)


def _holds_none(path: Path) -> bool:
    """Whether it can be read and no certificate is in it: then nobody at all would be trusted."""
    try:
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        return True
    except OSError:  # told by itself
        return False
    return False


def shadow_troubles(settings: Settings) -> list[str]:
    """That the candidate's folder is not there, which a trial may outlive: officers are served all the same."""
    folder = settings.engine.shadow
    if folder is None or folder.is_dir():
        return []
    return [f"[engine] shadow: there is no folder {folder}: nothing is tried beside the policy in force"]


def _files(settings: Settings) -> Iterator[tuple[str, Path | None]]:
    yield "[facts] manifest_key_file", settings.facts.manifest_key_file
    yield "[audit] trust_file", settings.audit.trust_file
    yield "[telemetry] ca_file", settings.telemetry.ca_file
    yield from (("[[oidc]] ca_file", issuer.ca_file) for issuer in settings.oidc)
