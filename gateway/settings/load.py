"""Where settings come from: one TOML file, then the environment over it. Every mistake is reported, at once."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from gateway.errors import ConfigurationError
from gateway.own_user import is_private
from gateway.settings.faults import explain_value_fault
from gateway.settings.shape import Settings, SinkSettings
from gateway.settings.soundness import find_sound_part
from gateway.settings.variables import overlay, told_where
from gateway.strict import tell_toml_mistake
from gateway.unreadable import tell_unreadable

DEFAULT_FILE = "gateway.toml"
ENVIRONMENT_FILE = "LPR_GATEWAY_CONFIG"
_SQLITE = "sqlite:///"
_PROFILE_FILE = ".yaml"


class SettingsFault(ConfigurationError):
    """Settings that cannot be used; what of them is `sound` can be judged all the same, so that all is told at once.

    `lacking` are the places of what was left out of it: what is said of them may only follow from that. `sound` is None
    where nothing can be judged before it is put right; `is_partial` where whole tables could not be.
    """

    def __init__(
        self,
        problems: list[str],
        sound: Settings | None,
        lacking: Sequence[tuple[object, ...]] = (),
        *,
        is_partial: bool = False,
    ) -> None:
        super().__init__(problems)
        self.sound = sound
        self.lacking = lacking
        self.is_partial = is_partial


def load_settings(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of this file and environment; without a file, `gateway.toml` in the working folder.

    Raises:
        ConfigurationError: with one sentence for each mistake; a `SettingsFault` where the file could be read.
    """
    named = file or Path(environment.get(ENVIRONMENT_FILE, DEFAULT_FILE))
    path = named.parent.resolve() / named.name  # however it is named, what lies beside it has one name
    document = _read_file(path)
    problems = overlay(document, environment)
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        part = find_sound_part(document, error)
        faults = [*error.errors(), *part.further]
        problems += [
            sentence + told_where(item["loc"], environment) for item in faults for sentence in explain_value_fault(item)
        ]
        sound = None if part.settings is None else _anchor_paths(part.settings, path.parent)
        raise SettingsFault(problems, sound, part.lacking, is_partial=part.is_partial) from None
    settings = _anchor_paths(settings, path.parent)
    if problems:
        raise SettingsFault(problems, settings)
    return settings


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin theirs with a mark
    except FileNotFoundError:
        raise ConfigurationError(
            [f"{path} does not exist; name the file with --config or {ENVIRONMENT_FILE}"]
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{path} is not UTF-8: save it as such"]) from None
    except OSError as error:
        raise ConfigurationError([f"{path} {tell_unreadable(error)}"]) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{path} cannot be read: {tell_toml_mistake(text, error)}"]) from None


def _anchor_paths(settings: Settings, folder: Path) -> Settings:
    """The same settings with every relative path, SQLite's too, made relative to the file's folder."""
    return Settings.model_construct(
        **{name: _absolute(getattr(settings, name), folder) for name in Settings.model_fields}
    )


def _absolute(value: Any, folder: Path) -> Any:  # noqa: ANN401 - any setting
    if isinstance(value, SinkSettings) and value.kind == "jsonl":
        value = value.model_copy(update={"target": str(folder / value.target)})
    if isinstance(value, BaseModel):
        given = {name: getattr(value, name) for name in type(value).model_fields}
        anchored = {name: _absolute(one, folder) for name, one in given.items()}
        changed = {name: one for name, one in anchored.items() if one != given[name]}
        return value.model_copy(update=changed)  # what is left as it was, and was not given, still counts as not given
    if isinstance(value, tuple):
        return tuple(_absolute(item, folder) for item in value)
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, str) and value.endswith(_PROFILE_FILE):
        return str(folder / value)
    if isinstance(value, str) and value.startswith(_SQLITE):
        # The folder may hold characters that mean something in a URL; what was written in the file is a URL already.
        return _SQLITE + (
            value.removeprefix(_SQLITE)
            if value.startswith(_SQLITE + "/")
            else f"{quote(str(folder))}/{value.removeprefix(_SQLITE)}"
        )
    return value


def secret_warnings(settings: Settings) -> list[str]:
    """A sentence for each secret file that others than its owner can read, those that several gateways share too."""
    return [
        f"{path} can be read by others; chmod 600 it"
        for path in (*secret_files(settings), *shared_secret_files(settings))
        if path.exists() and not is_private(path)
    ]


def shared_secret_files(settings: Settings) -> list[Path]:
    """What lies in `[store] secrets_directory`; nothing where it is not set, not there, or may not be looked into."""
    folder = settings.store.secrets_directory
    try:
        return sorted(folder.iterdir()) if folder is not None else []
    except OSError:
        return []


def secret_files(settings: Settings) -> list[Path]:
    """The files of secrets that the settings name."""
    found = [
        getattr(vendor.auth, name)
        for vendor in settings.vendors
        for name in ("client_secret_file", "api_key_file", "token_file")
    ]
    found += [getattr(sink, name) for sink in settings.audit.sinks for name in ("token_file", "key_file")]
    found += [settings.server.tls_key_file, settings.outbound.proxy_auth_file]
    return [path for path in found if path is not None]


def missing_files(settings: Settings) -> list[str]:
    """A sentence for each secret file that is named but not there."""
    return [
        f"{path} does not exist (a secret file named in the settings)"
        for path in secret_files(settings)
        if not path.is_file()
    ]
