"""Cells of known columns that say something, and of which it was not understood what: told with their rows, never kept."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

from gateway.oversight.imports import cells
from gateway.oversight.imports.blocks import Block

_MOST_PLACES = 1000
Kept = Mapping[str, Sequence[Any]]
_UNREAD: dict[str, Callable[[Block, Kept], list[bool]]] = {
    "frame": lambda _, kept: [not (starts and ends) for starts, ends in zip(kept["starts"], kept["ends"], strict=True)],
    "starts": lambda _, kept: [not starts for starts in kept["starts"]],
    "ends": lambda _, kept: [not ends for ends in kept["ends"]],
    "plate": lambda _, kept: [state == "unreadable" for state in kept["plate_state"]],
    "event_id": lambda _, kept: [not vendor_id for vendor_id in kept["vendor_id"]],
    "details": lambda block, _: [":" not in text for text in block.fields["details"]],
}
"""By column, of which rows nothing was made of its cell. Whatever else is misread keeps its row out, or is told as a time."""
_EXPECTED = {
    "frame": 'two times, each with its zone, and " to ", " - ", "/" or a line feed between them',
    "starts": "a day and a time of day with its zone",
    "ends": "a day and a time of day with its zone",
    "plate": "a plate, or a part of one with * for what is not known",
    "event_id": "a UUID",
    "details": "lines as `License: ABC123`",
}


class UnreadCells:
    """Gathers them, by our word for the column: how many there are, and the first thousand places."""

    def __init__(self) -> None:
        self._numbers: Counter[str] = Counter()
        self._places: dict[str, list[dict[str, Any]]] = {}

    def look_at(self, block: Block, kept: Kept) -> None:
        """Look at the cells of our own rows of a block, of which this is kept."""
        for name, judge in _UNREAD.items():
            if name in block.fields:
                self._look_at(
                    name, block, [one and own for one, own in zip(judge(block, kept), kept["own"], strict=True)]
                )

    def _look_at(self, name: str, block: Block, unread: list[bool]) -> None:
        places = self._places.setdefault(name, [])
        for row, text in compress(zip(block.rows, block.fields[name], strict=True), unread):
            if text and not cells.is_masked(text) and not cells.is_placeholder(text):
                self._numbers[name] += 1
                if len(places) < _MOST_PLACES:
                    places.append({"sheet": row.sheet, "row": row.number})

    def describe(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Of each column, by its label in the file, how many cells were not understood, where, and what was expected."""
        return [
            {
                "column": labels[name],
                "cells": self._numbers[name],
                "expected": expected,
                "rows": sorted(self._places[name], key=lambda place: (place["sheet"], place["row"])),
            }
            for name, expected in _EXPECTED.items()
            if self._numbers[name]
        ]
