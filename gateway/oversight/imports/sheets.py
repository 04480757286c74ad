"""The rows of a file, numbered as a spreadsheet numbers them: CSV in any usual encoding, XLSX, XLSB, or one in a zip."""

import codecs
import csv
import hashlib
import io
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import python_calamine

from gateway.errors import ConfigurationError

_LARGEST_CELL = 1 << 22
_LARGEST_IN_ZIP = 4 << 30
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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
        raise ConfigurationError([f"{path} cannot be read: {error.strerror}"]) from None


def read_rows(path: Path) -> Generator[SheetRow, None, None]:
    """Every row of a file that has any content.

    Raises:
        ConfigurationError: it is of a kind that is not read.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if start == _PDF:
        raise ConfigurationError([f"{path.name} is a PDF: ask the vendor or agency for CSV or XLSX"])
    if start == _ZIP:
        yield from _rows_in_zip(path)
    else:
        with path.open("rb") as file:
            yield from _csv_rows(file, "")


def _rows_in_zip(path: Path) -> Iterator[SheetRow]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any(name.startswith("xl/") for name in names):
            yield from _workbook_rows(path)
            return
        found = [info for info in archive.infolist() if info.filename.lower().endswith((".csv", ".txt"))]
        if not found or any(info.file_size > _LARGEST_IN_ZIP for info in found):
            raise ConfigurationError([f"{path.name} is a zip file without a CSV file of a size that can be read"])
        for info in found:
            with archive.open(info) as file:
                yield from _csv_rows(io.BufferedReader(file), info.filename)


def _csv_rows(file: Any, sheet: str) -> Iterator[SheetRow]:  # noqa: ANN401 - a binary file that can be looked ahead in
    csv.field_size_limit(_LARGEST_CELL)
    head = file.peek(4)[:4]
    encoding, errors = ("utf-16", "replace") if head.startswith(_UTF_16) else ("utf-8-sig", "cp1252")
    with io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="") as text:
        lines = (line.replace("\0", "") for line in text)
        for number, cells in enumerate(csv.reader(lines), start=1):
            if any(cells):
                yield SheetRow(sheet, number, cells)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are taken as Windows wrote them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("cp1252", _as_cp1252)


def _workbook_rows(path: Path) -> Iterator[SheetRow]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            for number, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1):
                texts = [_text(cell) for cell in cells]
                if any(texts):
                    yield SheetRow(name, number, texts, any(isinstance(cell, datetime | date | time) for cell in cells))
    except python_calamine.CalamineError:
        raise ConfigurationError([f"{path.name} is no workbook that can be read"]) from None


def _text(cell: Any) -> str:  # noqa: ANN401 - whatever a workbook holds
    """A cell as text; a whole number that Excel keeps as a fraction is written as a whole one."""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
