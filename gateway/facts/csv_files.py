"""A table's CSV file, read once: its rows as values, its SHA-256, and every mistake in it."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from gateway import plates
from gateway.facts import csv_values as cells
from gateway.facts import schema
from gateway.facts.csv_dialects import NOT_UTF_8, describe_header, recognise_encoding
from gateway.facts.problems import Problems
from gateway.unreadable import tell_unreadable
from gateway.unseen import find_unseen

Row = tuple[Any, ...]
_CHUNK = 1 << 16
_SHOWN = 60


@dataclass(slots=True)
class CsvFile:
    """One pass over a file. `sha256` (hex) and `count` (rows below the header) hold once `rows` is used up.

    `sha256` stays None where the file could not be read to its end; `usable` says whether its rows could be read at
    all, and `left_out` what the rows that a mistake kept out are called by: what merely follows need not be told.
    """

    path: Path
    table: Table
    problems: Problems
    sha256: str | None = field(default=None, init=False)
    count: int = field(default=0, init=False)
    usable: bool = field(default=False, init=False)
    left_out: set[str] = field(default_factory=set, init=False)

    def rows(self) -> Iterator[Row]:
        """Rows in the order of the table's columns: the CSV row first, derived columns last.

        A cell that cannot be read becomes None, so that checks across tables still see the row; a row without what it
        cannot be without is left out. Either way the mistake is collected.
        """
        try:
            with self.path.open("rb", buffering=0) as source:
                if (strange := recognise_encoding(source)) is not None:
                    self.problems.add(f"{self.path.name}: {strange}")
                    return
                hashing = _Hashing(source)
                with io.TextIOWrapper(io.BufferedReader(hashing, _CHUNK), "utf-8-sig", newline="") as text:
                    yield from self._read(csv.reader(text, strict=True))
                self.sha256 = hashing.hexdigest() if hashing.ended else None
        except FileNotFoundError:
            self.problems.add(f"{self.path.name}: is missing{self._otherwise_named()}")
        except OSError as error:
            self.problems.add(f"{self.path.name}: {tell_unreadable(error)}")

    def _read(self, records: Iterator[list[str]]) -> Iterator[Row]:
        number = 0
        try:
            build = self._builder(next(records, []))
            if build is None:
                return
            number, self.usable = 1, True
            for number, record in enumerate(records, start=2):
                if not any(map(str.strip, record)):  # what a spreadsheet leaves below its rows
                    continue
                self.count += 1
                row = build(number, record)
                if row is not None:
                    yield row
        except UnicodeDecodeError:
            self.usable = False
            self.problems.add_row(self.path.name, number + 1, None, NOT_UTF_8)
        except csv.Error:
            self.usable = False
            self.problems.add_row(self.path.name, number + 1, None, "is not well-formed CSV; reading stopped here")

    def _builder(self, header: list[str]) -> Callable[[int, list[str]], Row | None] | None:
        readers = schema.readers(self.table)
        if sorted(header) != sorted(readers):
            self.problems.add_row(self.path.name, 1, None, describe_header(header, list(readers)))
            return None
        columns = [(header.index(name), name, read) for name, read in readers.items()]
        needed = [at for at, (_, _, read) in enumerate(columns) if read in cells.NEVER_EMPTY]
        called_by = header.index(self.table.info["key"][0])
        plate_at = next((at for at, (_, name, _) in enumerate(columns) if name == "plate"), 0)
        derive = _DERIVE["fold" in self.table.c, "first_seen" in self.table.c]

        def build(number: int, record: list[str]) -> Row | None:
            if len(record) != len(columns):
                self.problems.add_row(self.path.name, number, None, _tell_cells(len(columns), len(record)))
                self.left_out |= {cell.strip() for cell in record}  # what it is called stands in one of them
                return None
            values = [self._value(number, name, read, record[place]) for place, name, read in columns]
            if any(values[at] is None for at in needed):
                self.left_out |= {record[called_by], record[called_by].strip()}
                return None
            return (number, *values, *derive(values[plate_at]))

        return build

    def _value(self, number: int, name: str, read: Callable[[str], Any], cell: str) -> Any:  # noqa: ANN401
        try:
            return read(cell)
        except cells.Mistake as mistake:
            unseen = find_unseen(cell)
            told = f"{mistake}; {unseen} cannot be seen" if unseen else str(mistake)
            self.problems.add_row(self.path.name, number, name, told, show_cell(self.table, cell))
            return None

    def _otherwise_named(self) -> str:
        try:
            near = [one.name for one in self.path.parent.iterdir() if one.name.lower() == self.path.name]
        except OSError:
            near = []
        return f"; {near[0]} must be named so, in small letters" if near else ""


def _tell_cells(wanted: int, found: int) -> str:
    told = f"must have {wanted} cells, and has {found}"
    return f"{told}: a comma within a cell needs quotation marks around the cell" if found > wanted else told


def show_cell(table: Table, cell: str) -> str:
    """A cell as a mistake tells it; nothing of a table that holds plates, for any column may hold one by mistake."""
    return "" if schema.holds_plates(table) or not cell else _show(cell)


def _show(cell: str) -> str:
    """A cell as a mistake shows it: on one line, whatever it holds, and never longer than a line."""
    shown = ascii(cell)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def _normal_and_fold(plate: str) -> tuple[str, ...]:
    normal = plates.normalize(plates.IssuedPlate(plate))
    return plates.in_clear(normal), plates.in_clear(plates.fold(normal))


def _nothing(_plate: str) -> tuple[str, ...]:
    return ()


def _not_yet_known(_plate: str) -> tuple[None]:
    """What an import works out when the whole table is there."""
    return (None,)


_DERIVE: dict[tuple[bool, bool], Callable[[str], tuple[Any, ...]]] = {
    (True, False): _normal_and_fold,
    (False, True): _not_yet_known,
    (False, False): _nothing,
}


class _Hashing(io.RawIOBase):
    """What is parsed is what is hashed, even where the file changes meanwhile."""

    def __init__(self, source: Any) -> None:  # noqa: ANN401 - an unbuffered binary file
        super().__init__()
        self._source = source
        self._hash = hashlib.sha256()
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        count = int(self._source.readinto(buffer))
        self._hash.update(memoryview(buffer)[:count])
        self.ended = count == 0
        return count

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
