"""The privacy office's numbers and lists for oversight: each a `value` with its `source` and `confidence`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError
from gateway.model import Json

ParseTable = Callable[[str, str], Json]
"""Reads the text of a table strictly; the second argument is what mistakes call the file."""

AskRule = Callable[[tuple[str, str], Mapping[str, Json], str, Sequence[str]], list[Json]]
"""Asks a rule of a Rego module (its file's name and text), with data, about inputs (JSON text) one after the other."""

_PARTS = {"value", "source", "confidence"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightFolder:
    """The folder of detectors and tables, how a table there is read, and how a rule there is asked."""

    path: Path
    parse: ParseTable = field(repr=False)
    ask_rule: AskRule = field(repr=False)

    def table(self, *parts: str) -> dict[str, Any]:
        """The table `<parts>/data.yaml`.

        Raises:
            ConfigurationError: it is missing or no table.
        """
        file = self.path.joinpath(*parts, "data.yaml")
        name = "/".join(("oversight", *parts, "data.yaml"))
        try:
            found = self.parse(file.read_text(encoding="utf-8"), name)
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError([f"{name}: there is no such table that can be read"]) from None
        if not isinstance(found, dict):
            raise ConfigurationError([f"{name}: must be named values"])
        return found


def values(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The values alone.

    Raises:
        ConfigurationError: with every entry that does not say its source and confidence.
    """
    if not isinstance(table, Mapping):
        raise ConfigurationError([f"{name}: must be named values"])
    wrong = [key for key, entry in table.items() if not isinstance(entry, dict) or set(entry) != _PARTS]
    if wrong:
        raise ConfigurationError([f"{name}: {key} must have value, source and confidence" for key in wrong])
    return {key: entry["value"] for key, entry in table.items()}
