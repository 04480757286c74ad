"""Rows in blocks, column by column: those that are as their header says are taken together, the others one by one.

What comes out is what reading row after row would give: a header, or a row that does not fit, is looked at alone and in
its turn, and after a new header the rest of a block is looked at again.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, islice, zip_longest

from gateway.oversight.imports.layouts import Fields, LayoutReader
from gateway.oversight.imports.sheets import SheetRow

_FEWEST, _MOST = 32, 4096
_ROOM = 8 << 20
"""No more characters than about this are in a block."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that have the same fields, and the cells of each field in the order of the rows. `shifted` rows were put back."""

    rows: list[SheetRow]
    fields: dict[str, list[str]] = field(repr=False)
    shifted: int = 0

    def texts(self, name: str) -> list[str]:
        """The cells of a field; blanks where there is no such field."""
        return self.fields.get(name) or [""] * len(self.rows)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A row that was not understood, and why."""

    row: SheetRow
    why: str


def read_blocks(rows: Iterable[SheetRow], reader: LayoutReader) -> Iterator[Block | Complaint]:
    """All rows but headers, as blocks and complaints; the complaints in the order of their rows.

    A block after a new header is small, so that a file of headers costs no more than its rows.
    """
    coming, waiting, size = iter(rows), list[SheetRow](), _FEWEST
    while waiting or (waiting := _gather(coming, size)):
        taken = waiting[:size]
        done = yield from _read_some(taken, reader)
        waiting = waiting[done:]
        size = min(2 * size, _MOST) if done == len(taken) else _FEWEST


def _gather(rows: Iterator[SheetRow], size: int) -> list[SheetRow]:
    found, room = list[SheetRow](), _ROOM
    for row in islice(rows, size):
        found.append(row)
        room -= sum(map(len, row.cells))
        if room < 0:
            break
    return found


def _read_some(rows: list[SheetRow], reader: LayoutReader) -> Generator[Block | Complaint, None, int]:
    """Read rows up to the first header that is another than before; how many were read is returned."""
    layout, columns = reader.layout, _columns(rows, reader)
    fits = _fitting(rows, columns, reader)
    read, alone, done = list(fits), _Alone(), len(rows)
    for index in (number for number, fit in enumerate(fits) if not fit):
        row = rows[index]
        reading = reader.read(row.cells)
        if reading is None and reader.layout != layout:
            done, read[index:] = index + 1, [False] * (len(rows) - index)
            break
        if reading is None:
            continue
        if reading.fields is None:
            yield Complaint(row, reading.problem)
        else:
            alone.add(row, reading.fields, shifted=reading.shifted)
    yield from alone.blocks()
    if any(read):
        yield Block(list(compress(rows, read)), {name: list(compress(texts, read)) for name, texts in columns.items()})
    return done


def _columns(rows: list[SheetRow], reader: LayoutReader) -> dict[str, list[str]]:
    """The cells of each field by the present header; the later of two columns with one label counts, where it is filled."""
    found: dict[str, list[str]] = {}
    for name, cells in zip(reader.layout, zip_longest(*(row.cells for row in rows), fillvalue=""), strict=False):
        texts = [cell.strip() for cell in cells]
        if name in found:
            texts = [later or earlier for earlier, later in zip(found[name], texts, strict=True)]
        if name:
            found[name] = texts
    return {name: found.get(name) or [""] * len(rows) for name in reader.layout if name}


def _fitting(rows: list[SheetRow], columns: dict[str, list[str]], reader: LayoutReader) -> list[bool]:
    """Of each row, whether it is as the header says beyond doubt: every cell fits, and one is written as a time."""
    if "time" not in columns:
        return [False] * len(rows)
    width = len(reader.layout)
    asked = [list(map(check, columns[name])) for name, check in reader.checks.items() if name in columns]
    asked.append([len(row.cells) <= width or not any(map(str.strip, row.cells[width:])) for row in rows])
    return list(map(all, zip(*asked, strict=True)))


class _Alone:
    """Rows that were read one by one, gathered by the fields that they have."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], list[tuple[SheetRow, Fields]]] = {}
        self._shifted = 0

    def add(self, row: SheetRow, fields: Fields, *, shifted: bool) -> None:
        self._found.setdefault(tuple(fields), []).append((row, fields))
        self._shifted += shifted

    def blocks(self) -> Iterator[Block]:
        for names, pairs in self._found.items():
            columns = {name: [fields[name] for _, fields in pairs] for name in names}
            yield Block([row for row, _ in pairs], columns, self._shifted)
            self._shifted = 0
