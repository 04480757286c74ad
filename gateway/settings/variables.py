"""Settings that environment variables hold: put over the file's, and named wherever their value is at fault."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.settings.shape import Settings

_PREFIX: Final = "LPR_GATEWAY__"
_NEARLY: Final = "LPR_GATEWAY_"
"""What a name begins with where an underscore was forgotten. Kubernetes, too, makes names that begin so, but none of them has
two underscores in a row, or is a section and a key of ours."""


def overlay(document: dict[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Put every `LPR_GATEWAY__…` variable over the document; a sentence for each that names no place in it."""
    problems = []
    for name in sorted(environment):
        if name.upper().startswith(_PREFIX):
            why = _set_value(document, _place(name), _value(environment[name]))
            problems += [f"the environment variable {name}: {why}"] if why else []
        elif name.startswith(_NEARLY) and (meant := _guess(name.removeprefix(_NEARLY))) is not None:
            problems.append(f"the environment variable {name} sets nothing; did you mean {_PREFIX}{meant}?")
    return problems


def _guess(rest: str) -> str | None:
    """The setting that was meant by a name with single underscores; None where it is none."""
    if "__" in rest:
        return rest
    for section, field in Settings.model_fields.items():
        key = rest.lower().removeprefix(f"{section}_")
        if key != rest.lower() and key in getattr(field.annotation, "model_fields", ()):
            return f"{section.upper()}__{key.upper()}"
    return None


def told_where(place: Sequence[object], environment: Mapping[str, str]) -> str:
    """Where the value at this place of the settings comes from a variable: which, to end a sentence with."""
    wanted = [str(part).lower() for part in place]
    names = [name for name in sorted(environment) if name.upper().startswith(_PREFIX)]
    told = [name for name in names if wanted and _leads_to(_place(name), wanted)]
    return f" (from the environment: {', '.join(told)})" if told else ""


def _leads_to(place: list[str], other: list[str]) -> bool:
    """Whether one of two places is the other, or a table that holds it."""
    return all(part == its for part, its in zip(place, other, strict=False))


def _place(name: str) -> list[str]:
    return [part.lower() for part in name[len(_PREFIX) :].split("__")]


def _set_value(document: dict[str, Any], place: list[str], value: Any) -> str | None:  # noqa: ANN401 - a TOML value
    """Put the value there; a sentence where that cannot be."""
    *parents, last = place
    table: Any = document
    for count, parent in enumerate(parents):
        if isinstance(table, list):
            if (why := _no_such_table(table, place[:count], parent)) is not None:
                return why
            table = table[int(parent)]
        else:
            table = table.setdefault(parent, [] if _is_number(place[count + 1]) else {})
        if not isinstance(table, dict | list):
            return f"[{'.'.join(place[: count + 1])}] is a value, and has no {place[count + 1]}"
    if isinstance(table, list):
        if (why := _no_such_table(table, parents, last)) is not None:
            return why
        table[int(last)] = value
    else:
        table[last] = value
    return None


def _no_such_table(tables: list[Any], place: list[str], number: str) -> str | None:
    """Why a list has nothing of that number, if it has not."""
    name = ".".join(place)
    there = f"the settings file has {len(tables)} [[{name}]]"
    if not _is_number(number):
        return f"{there}; say which by its number, from 0, as {_PREFIX}{'__'.join(place).upper()}__0__…"
    if int(number) < len(tables):
        return None
    last = f", the last of them number {len(tables) - 1}" if tables else ""
    return f"{there}{last}; a variable can change a table that is there, and add none: write it into the file"


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _value(text: str) -> Any:  # noqa: ANN401 - any TOML value
    """A number, boolean or list where the text is one, else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
