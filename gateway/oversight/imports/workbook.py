"""A program that prints the rows of one workbook, a JSON list a line, within bounds of memory and time that the system holds.

A small file can unfold to more than a machine has, or claim a cell in the last row of the last column. Here that ends
this process and no other. It ends with 3 for what is no workbook, with 4 for a sheet or cell that is larger than any export's.
"""

import resource
import sys
from datetime import date, datetime, time
from typing import Any

import orjson
import python_calamine

from gateway.oversight.imports.sheets import LARGEST_CELL, MOST_CELLS

_MEMORY = 2 << 30
_SECONDS = 600
NO_WORKBOOK, TOO_LARGE = 3, 4


def main(path: str) -> int:
    """Print the rows; how to end."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        return 0 if all(_print_sheet(name, book.get_sheet_by_name(name)) for name in book.sheet_names) else TOO_LARGE
    except python_calamine.CalamineError:
        return NO_WORKBOOK


def _print_sheet(name: str, sheet: python_calamine.CalamineSheet) -> bool:
    """Whether all of a sheet was printed; its cells begin at the first row and column that have any."""
    if sheet.start is None or sheet.end is None:
        return True
    (first, left), (_, right) = sheet.start, sheet.end
    if right >= MOST_CELLS:
        return False
    for number, cells in enumerate(sheet.iter_rows(), start=first + 1):
        texts = [""] * left + [_text(cell) for cell in cells]
        if max(map(len, texts), default=0) > LARGEST_CELL:
            return False
        if any(texts):
            zoneless = any(isinstance(cell, datetime | date | time) for cell in cells)
            sys.stdout.buffer.write(orjson.dumps([name, number, texts, zoneless]) + b"\n")
    return True


def _text(cell: Any) -> str:  # noqa: ANN401 - whatever a workbook holds
    """A cell as text; a whole number that Excel keeps as a fraction is written as a whole one."""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
