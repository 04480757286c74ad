"""Import of one export: every row understood, or reported with its number, and what was seen while reading."""

import contextlib
import csv
import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from gateway.oversight.imports import cells, plate_hashes
from gateway.oversight.imports.blocks import Block, Complaint, read_blocks
from gateway.oversight.imports.kept_rows import COLUMNS, ImportRules, RowKeeper
from gateway.oversight.imports.layouts import LayoutReader
from gateway.oversight.imports.sheets import read_rows

KINDS = ("organization", "network", "portal", "events")
_MOST_PROBLEMS = 1000
_SHARED = ("networks", "plate", "reason", "case", "person", "kind", "time", "frame")
_LEAST_CONSTANT = 50


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """Two CSV files, of the rows and of the hashes of their plates, from which the kept file is made."""

    rows: Path
    plates: Path

    def remove(self) -> None:
        """Remove what there is of it."""
        self.rows.unlink(missing_ok=True)
        self.plates.unlink(missing_ok=True)


@dataclass(slots=True)
class Tally:
    """What was seen while reading."""

    rows: int = 0
    read: int = 0
    shifted: int = 0
    rejected: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    masked: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[str]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    tells_events: bool = False
    unknown_labels: set[str] = field(default_factory=set)
    not_understood: list[dict[str, Any]] = field(default_factory=list)
    in_doubt: int = 0
    entry_lines: set[str] = field(default_factory=set)
    rows_of_ours: int = 0
    may_be_ours: dict[str, int] = field(default_factory=dict)

    def reject(self, complaint: Complaint) -> None:
        """Count a row that was not understood, and say where it is."""
        row = complaint.row
        self.rows += 1
        self.rejected += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append({"sheet": row.sheet, "row": row.number, "why": complaint.why})

    def look_at(self, block: Block) -> None:
        """Count what is blacked out, and whether a column ever says anything else."""
        self.rows += len(block.rows)
        self.read += len(block.rows)
        self.shifted += block.shifted
        self.tells_events |= "event" in block.fields
        for name in _SHARED:
            if name in block.fields:
                self._look_at(name, Counter(block.fields[name]))

    def _look_at(self, name: str, numbers: Counter[str]) -> None:
        self.columns.add(name)
        for text, number in numbers.items():
            if cells.is_masked(text):
                self.masked[name] += number
        values = self.seen.setdefault(name, set())
        if len(values) < 2:  # noqa: PLR2004 - more than one value is no mask
            values.update(islice(numbers, 2))

    @property
    def constant(self) -> list[str]:
        """Columns with one and the same text in every row: that is a mask, too."""
        enough = self.read >= _LEAST_CONSTANT
        return sorted(name for name, values in self.seen.items() if enough and len(values) == 1 and "" not in values)


def read_export(path: Path, rules: ImportRules, draft: ImportDraft) -> Tally:
    """Read a file, writing what is kept of it to the draft; what was seen.

    Raises:
        ConfigurationError: the file is of a kind that is not read.
    """
    reader, tally, keeper = LayoutReader(rules.columns), Tally(), RowKeeper(rules)
    with (
        _pause_collector(),
        contextlib.closing(read_rows(path)) as rows,
        draft.rows.open("w", newline="", encoding="utf-8") as file,
    ):
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for found in read_blocks(rows, reader):
            if isinstance(found, Complaint):
                tally.reject(found)
            else:
                tally.look_at(found)
                out.writerows(keeper.keep(found))
    with draft.plates.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([plate_hashes.COLUMNS, *keeper.plates.rows()])
    tally.unknown_labels, tally.in_doubt = reader.unknown_labels, keeper.in_doubt
    named = {name: label for label, name in reversed([*rules.columns.labels.items()])} | reader.first_labels
    tally.entry_lines = keeper.entry_lines
    tally.rows_of_ours, tally.may_be_ours = keeper.organizations.rows_of_ours, keeper.organizations.may_be_ours()
    tally.not_understood = keeper.unread.describe(named)
    return tally


@contextlib.contextmanager
def _pause_collector() -> Iterator[None]:
    """No search for cycles meanwhile: reading makes millions of rows and no cycle, and searching takes a third of its time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
