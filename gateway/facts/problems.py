"""Every mistake of an import, in the order of files and rows, without repeating what the files say."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

_TOLD_PER_FILE = 1000
_TOLD_SINGLY = 3
_MOST_RANGES = 20
_Kind = tuple[str | None, str]


class Problems:
    """Collects mistakes. Of one file a thousand are told and the rest counted, so that memory stays bounded.

    The same mistake in many rows is told of the first three, then once more with the rows of all others.
    """

    def __init__(self) -> None:
        self._general: list[str] = []
        self._by_file: defaultdict[str, defaultdict[_Kind, list[tuple[int, str]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._told: defaultdict[str, int] = defaultdict(int)

    def __bool__(self) -> bool:
        return bool(self._general or self._by_file)

    @property
    def files(self) -> set[str]:
        """The names of the files that have mistakes in their rows."""
        return set(self._by_file)

    def add(self, sentence: str) -> None:
        """A mistake that is not in one row."""
        self._general.append(sentence)

    def add_row(self, file: str, row: int, column: str | None, sentence: str, found: str = "") -> None:
        """A mistake in a row (the header is row 1) and, where it is in one cell, a column; `found` is what stands there."""
        self._told[file] += 1
        if self._told[file] <= _TOLD_PER_FILE:
            self._by_file[file][column, sentence].append((row, found))

    def sentences(self) -> list[str]:
        """All of them: the general ones first, then by file and row."""
        told = list(self._general)
        for file, kinds in self._by_file.items():
            told += [sentence for _, sentence in sorted(_tell(file, kinds))]
            if self._told[file] > _TOLD_PER_FILE:
                told.append(f"{file}: {self._told[file] - _TOLD_PER_FILE} more mistakes")
        return told


def _tell(file: str, kinds: dict[_Kind, list[tuple[int, str]]]) -> Iterator[tuple[int, str]]:
    for (column, sentence), cells in kinds.items():
        where = "" if column is None else f", column {column}"
        cells.sort()
        singly = cells if len(cells) <= _TOLD_SINGLY + 1 else cells[:_TOLD_SINGLY]
        for row, found in singly:
            yield row, f"{file} row {row}{where}: {sentence}{f' (found {found})' if found else ''}"
        if len(singly) < len(cells):
            rows = [row for row, _ in cells[_TOLD_SINGLY:]]
            yield rows[0], f"{file} rows {_ranges(rows)}{where}: {sentence} ({len(rows)} more)"


def _ranges(rows: Sequence[int]) -> str:
    """Rows as a person lists them: 5-9, 12, 20-31."""
    found = []
    for _, run in groupby(enumerate(rows), lambda pair: pair[1] - pair[0]):
        numbers = [row for _, row in run]
        found.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}")
    return ", ".join(found[:_MOST_RANGES]) + (" …" if len(found) > _MOST_RANGES else "")
