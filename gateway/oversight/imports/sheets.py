"""The rows of a file, numbered as a spreadsheet numbers them: CSV in any usual encoding, XLSX, XLSB, or CSV in a zip.

A file comes from outside and may be made to do harm: nothing in it makes this take more memory than a few long rows do.
"""

import codecs
import csv
import hashlib
import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import ConfigurationError
from gateway.strict import UTF_16_MARKS
from gateway.unreadable import tell_unreadable

LARGEST_CELL = 1 << 18
MOST_CELLS = 512
_LONGEST_ROW = 1 << 22
_LARGEST_IN_ZIP = 4 << 30
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF"
_NO_WORKBOOK = 3
_TOO_LARGE = "is larger than any export: save the sheet that is one as CSV and import that"
_MOST_LIKELY = b","
_INSTEAD = (b";", b"\t")
_LEAST_INSTEAD = 3


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the sheet it is in ("" for a CSV file), its number there from 1, and its cells as text."""

    sheet: str
    number: int
    cells: list[str] = field(repr=False)
    zoneless: bool = False


def digest_of_file(path: Path) -> str:
    """SHA-256 (hex) of a file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConfigurationError([f"{path} {tell_unreadable(error)}"]) from None


def read_rows(path: Path) -> Generator[SheetRow, None, None]:
    """Every row of a file that has any content.

    Raises:
        ConfigurationError: it is of a kind that is not read, or no export is as large in any row or cell.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == _PDF:
        raise ConfigurationError([f"{path.name} is a PDF: ask the vendor or agency for CSV or XLSX"])
    if start == _ZIP:
        yield from _rows_in_zip(path)
    else:
        with path.open("rb") as file:
            yield from _csv_rows(file, "", path.name)


def _rows_in_zip(path: Path) -> Iterator[SheetRow]:
    try:
        with zipfile.ZipFile(path) as archive:
            if any(name.startswith("xl/") for name in archive.namelist()):
                yield from read_workbook(path)
                return
            found = [info for info in archive.infolist() if info.filename.lower().endswith((".csv", ".txt"))]
            if not found or sum(info.file_size for info in found) > _LARGEST_IN_ZIP:
                raise ConfigurationError([f"{path.name} is a zip file without a CSV file of a size that can be read"])
            for info in found:
                with archive.open(info) as file:
                    yield from _csv_rows(io.BufferedReader(file), info.filename, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError):
        raise ConfigurationError([f"{path.name} is a damaged or locked zip file"]) from None


def _csv_rows(file: Any, sheet: str, name: str) -> Iterator[SheetRow]:  # noqa: ANN401 - a binary file that can be looked ahead in
    csv.field_size_limit(LARGEST_CELL)
    head = file.peek(4)
    encoding, errors = ("utf-16", "replace") if head.startswith(UTF_16_MARKS) else ("utf-8-sig", "cp1252")
    delimiter = _find_delimiter(head)
    with io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="") as text:
        lines = RowLines(text)
        number = 0
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1):
                lines.taken = 0
                if len(cells) > MOST_CELLS:
                    raise ConfigurationError([_too_much(name, sheet, number, f"{len(cells):,} cells")])
                if any(cells):
                    yield SheetRow(sheet, number, cells)
        except csv.Error:
            told = f"a cell of more than {LARGEST_CELL:,} characters, or a quotation mark that is never closed"
            raise ConfigurationError([_too_much(name, sheet, number + 1, told)]) from None


def _find_delimiter(head: bytes) -> str:
    """What stands between the cells of the first line that has any: a spreadsheet saves with what its country writes."""
    line = next((line for line in head.splitlines() if line.strip(b'\0 ,;\t"')), b"")
    other = max(_INSTEAD, key=line.count)
    often = line.count(other)
    return (other if often >= _LEAST_INSTEAD and often > line.count(_MOST_LIKELY) else _MOST_LIKELY).decode()


def _too_much(name: str, sheet: str, number: int, told: str) -> str:
    return f"{name}{f', {sheet[:100]}' if sheet else ''}, row {number}: it has {told}; no export of a vendor has"


class RowLines:
    """The lines of a text for a CSV reader, which takes several where a cell has line feeds; `taken` since the last row."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self.taken = text, 0

    def __iter__(self) -> "RowLines":
        """Itself."""
        return self

    def __next__(self) -> str:
        """The next line, without NULs; csv.Error where the row grows beyond all measure."""
        line = self._text.readline(_LONGEST_ROW)
        self.taken += len(line)
        if self.taken >= _LONGEST_ROW:
            raise csv.Error
        if not line:
            raise StopIteration
        return line.replace("\0", "")


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are taken as Windows wrote them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("cp1252", _as_cp1252)


def read_workbook(path: Path) -> Iterator[SheetRow]:
    """The rows of a workbook, read by a process of its own: how large one unfolds is known only when it has.

    Raises:
        ConfigurationError: it is no workbook, or larger than that process may become.
    """
    command = [sys.executable, "-m", "gateway.oversight.imports.workbook", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        for line in process.stdout or ():
            sheet, number, cells, zoneless = orjson.loads(line)
            yield SheetRow(sheet, number, cells, zoneless)
        ended = process.wait()
    if ended:
        told = "is no workbook that can be read" if ended == _NO_WORKBOOK else _TOO_LARGE
        raise ConfigurationError([f"{path.name} {told}"])
