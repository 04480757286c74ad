"""What commands say to people: the one place where a value of a record reaches a terminal, as text and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from gateway.media import for_terminal, for_terminal_json


def tell(sentence: object, *, err: bool = False) -> None:
    """Print one line, whatever stands in it."""
    click.echo(for_terminal(sentence), err=err)


def tell_aligned(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under their names, whole, so that lines can be searched and copied; columns without values are left out."""
    if not rows:
        tell("nothing found", err=True)
        return
    names = [name for name in rows[0] if any(_cell(row[name]) for row in rows)]
    cells = [[name.upper() for name in names], *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        tell("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def tell_document(document: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what a command made: as JSON, or a line for each name and value."""
    if as_json:
        click.echo(for_terminal_json(document))
        return
    for name, value in document.items():
        for item in value if isinstance(value, list) else [value]:
            tell(f"{name}: {item}")


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return for_terminal("" if value is None else ",".join(map(str, value)) if isinstance(value, list) else value)
