"""The privacy office's numbers and lists for oversight: each a `value` with its `source` and `confidence`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.errors import ConfigurationError
from gateway.model import Json
from gateway.near_words import suggest_near
from gateway.oversight.table_forms import find_line, put_line
from gateway.strict import tell_not_utf_8
from gateway.unreadable import tell_unreadable

ParseTable = Callable[[str, str], Json]
"""Reads the text of a table strictly; the second argument is what mistakes call the file."""

AskRule = Callable[[tuple[str, str], Mapping[str, Json], str, Sequence[str]], list[Json]]
"""Asks a rule of a Rego module (its file's name and text), with data, about inputs (JSON text) one after the other."""

FindLines = Callable[[str], Mapping[tuple[str | int, ...], int]]
"""The line of each entry in the text of a table that was read, by its path."""

_PARTS = {"value", "source", "confidence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightFolder:
    """The folder of detectors and tables, how a table there is read, and how a rule there is asked.

    `find_lines` says on which line of a table a mistake is; where it finds none, a mistake is told without its line.
    """

    path: Path
    parse: ParseTable = field(repr=False)
    ask_rule: AskRule = field(repr=False)
    find_lines: FindLines = field(repr=False, default=lambda _text: {})

    def table(self, *parts: str) -> dict[str, Any]:
        """The table `<parts>/data.yaml`.

        Raises:
            ConfigurationError: it is missing or no table.
        """
        name = "/".join(("oversight", *parts, "data.yaml"))
        try:
            found = self.parse(self._text(*parts), name)
        except PermissionError as error:
            raise ConfigurationError([f"{name}: {tell_unreadable(error)}"]) from None
        except UnicodeDecodeError as error:
            line, told = tell_not_utf_8(error)
            raise ConfigurationError([f"{name}, line {line}: {told}"]) from None
        except OSError:
            raise ConfigurationError([f"{name}: there is no such table that can be read"]) from None
        if not isinstance(found, dict):
            raise ConfigurationError([f"{name}: must be named values"])
        return found

    def lines(self, *parts: str) -> Mapping[tuple[str | int, ...], int]:
        """The line of each entry of a table that could be read."""
        return self.find_lines(self._text(*parts))

    def _text(self, *parts: str) -> str:
        return self.path.joinpath(*parts, "data.yaml").read_text(encoding="utf-8")


def values(
    table: Mapping[str, Any],
    name: str,
    lines: Mapping[tuple[str | int, ...], int] = MappingProxyType({}),
    at: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The values alone; `lines` are those of the file that `name` begins with, where the table stands at this path.

    Raises:
        ConfigurationError: with every entry that does not say its source and confidence.
    """
    if not isinstance(table, Mapping):
        raise ConfigurationError([f"{name}: must be named values"])
    wrong = [key for key, entry in table.items() if not isinstance(entry, dict) or set(entry) != _PARTS]
    if wrong:
        raise ConfigurationError([_tell_parts(name, key, table[key], lines, at) for key in wrong])
    return {key: entry["value"] for key, entry in table.items()}


def _tell_parts(
    name: str,
    key: str,
    entry: Any,  # noqa: ANN401 - any value of a table
    lines: Mapping[tuple[str | int, ...], int],
    at: tuple[str, ...],
) -> str:
    """Which parts an entry must have; at the line of the first that nothing reads, where there is one."""
    strange = next((part for part in entry if part not in _PARTS), None) if isinstance(entry, dict) else None
    place = put_line(name, find_line(lines, (*at, key, *([] if strange is None else [strange]))))
    told = f"{place}: {key} must have value, source and confidence"
    if strange is None:
        return told
    if strange.lower() in _PARTS:  # a capital is another letter: `Value` looks as if it were read
        return f"{told}; write {strange.lower()}, not {strange}"
    return f"{told}; {strange} is read by nothing{suggest_near(strange, _PARTS - set(entry))}"
