"""The options that every command has, and how results are printed."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.app.ownership import require_owner
from gateway.errors import ConfigurationError
from gateway.kept_words import says_something, tell_plates
from gateway.media import for_terminal, for_terminal_json
from gateway.settings import (
    DEFAULT_FILE,
    ENVIRONMENT_FILE,
    Settings,
    SettingsFault,
    load_settings,
    secret_warnings,
    writable_warnings,
)
from gateway.unreadable import tell_unreadable

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_NOT_SO = 1
EXIT_USAGE = 2
SETTINGS_FILE = "gateway.settings_file"
"""Under which name a context of click keeps the path of the file that the settings were read from."""
_WIDE = 240
_PACKED = {".zip", ".tgz", ".gz", ".xz", ".tar"}


class _KeptWords(click.ParamType[str]):
    """Words that are kept in clear, so that no plate may stand in them; where they are required, there must be some."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        problem = tell_plates(value)
        if problem is not None:
            self.fail(problem, param, ctx)
        if not says_something(value):
            or_not = "" if param is not None and param.required else ", or leave it out"
            lacks = "holds no word" if value else "is empty"
            self.fail(f"it {lacks}: write why, for it is kept on record{or_not}", param, ctx)
        return value


KEPT_WORDS = _KeptWords()


class _GivenText(click.ParamType[str]):
    """What is asked for by name or number: an empty value, as of a shell's variable that was never set, names nothing."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value.strip():
            or_not = "" if param is not None and param.required else ", or leave it out"
            self.fail(f"it is empty: write what is meant{or_not}", param, ctx)
        return value


GIVEN_TEXT = _GivenText()


class NamedPath(click.Path):
    """A place by its name: an empty one would be the folder that the command happens to run in."""

    def __init__(self, *, dir_okay: bool = True) -> None:
        super().__init__(path_type=Path, dir_okay=dir_okay)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401
        """The path; a usage error where it is empty."""
        if not os.fspath(value):
            self.fail("it is empty: write a name (a dot for the present folder)", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


class GivenFile(click.Path):
    """A file that comes from elsewhere: a pipe or device in its place is refused, for reading it might never end.

    What `streams` may come out of another program, by the shell's `<(…)` or as `/dev/stdin`.
    """

    def __init__(self, *, streams: bool = False, dir_okay: bool = False) -> None:
        super().__init__(path_type=Path, exists=True, dir_okay=dir_okay)
        self._streams = streams

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401
        """The path; a usage error where it is neither a file nor, where that will do, a folder."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        streamed = self._streams and not path.resolve().exists()  # an open pipe has no place in any folder
        if not (path.is_file() or path.is_dir() or streamed):
            self.fail(f"{path} is a pipe or device, not a file", param, ctx)
        return path


class GivenFolder(click.Path):
    """A folder that comes from elsewhere: one that this user may not enter is told as such, and not as missing."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ANN401
        """The path; a usage error where it is no folder, or this user may not look into it."""
        path = Path(os.fsdecode(value))
        try:
            with os.scandir(path):
                pass
        except PermissionError as error:
            self.fail(f"{path} {tell_unreadable(error)}", param, ctx)
        except NotADirectoryError:
            packed = (
                ": unpack it, and name the folder" if path.suffix.lower() in _PACKED else ", and a folder is wanted"
            )
            self.fail(f"{path} is a file{packed}", param, ctx)
        except OSError:
            pass  # told below, as every other path
        return Path(os.fsdecode(super().convert(value, param, ctx)))


def with_config(command: Command) -> Command:
    """Add `--config FILE`; the command gets `settings`, read and checked, and runs as the state's owner or not at all.

    Where `--ledger` names another ledger they are the defaults: an outsider has none.
    """

    def read(context: click.Context, _parameter: click.Parameter, value: Path | None) -> Settings:
        if context.params.get("ledger") is not None:
            return Settings()
        settings = _load(value)
        context.find_root().meta[SETTINGS_FILE] = _file(value)
        context.find_root().obj = settings  # by which a fault of a folder is told with its setting
        require_owner(settings, context.command_path)
        for sentence in (*secret_warnings(settings), *writable_warnings(settings, _file(value))):
            click.echo(f"warning: {sentence}", err=True)
        return settings

    option = click.option(
        "--config",
        "settings",
        type=NamedPath(dir_okay=False),
        callback=read,
        help="The TOML file (default: $LPR_GATEWAY_CONFIG, else gateway.toml).",
    )
    return option(command)


def with_optional_config(command: Command) -> Command:
    """Add `--config FILE` for commands that can do without; the command gets `settings`, the defaults if there is no file."""

    def read(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Settings:
        named = value or os.environ.get(ENVIRONMENT_FILE)
        return _load(value) if named or Path(DEFAULT_FILE).exists() else Settings()

    kind = NamedPath(dir_okay=False)
    return click.option("--config", "settings", type=kind, callback=read, help="The TOML file, if any.")(command)


def _file(named: Path | None) -> Path:
    return (named or Path(os.environ.get(ENVIRONMENT_FILE, DEFAULT_FILE))).absolute()


def _load(file: Path | None) -> Settings:
    """The settings, or every mistake at once: of the file, and of what the sound part of it names."""
    try:
        return load_settings(file, os.environ)
    except SettingsFault as fault:
        from gateway.app.mistakes import find_further  # with all the parts that it looks at; a sound file needs none

        raise ConfigurationError([*fault.problems, *find_further(fault)]) from None


def with_json(command: Command) -> Command:
    """Add `--json`; the command gets `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON only on standard output.")(command)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str | None = None) -> None:
    """Print rows as JSON (a list of objects) or as a table for people."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        click.echo("nothing to show", err=True)
        return
    table = Table(*rows[0].keys(), title=title and Text(for_terminal(title)))
    for row in rows:
        table.add_row(*(Text("" if value is None else for_terminal(_text(value))) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print one JSON value on standard output."""
    click.echo(for_terminal_json(value))


def _text(value: Any) -> str:  # noqa: ANN401 - any cell
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)


def warn_elsewhere(settings: Settings, table: str) -> None:
    """Warn on standard error where the gateway that runs keeps what this command changed elsewhere."""
    from gateway.app.started_with import tell_elsewhere

    if told := tell_elsewhere(settings, table):
        click.echo(f"warning: {told}", err=True)
