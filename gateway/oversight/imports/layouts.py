"""Which cell of a row is what, in files whose headers are missing, repeated, stacked or shifted.

A row is taken as its header says if the cells that can be told apart (id, time, window, numbers, kind of search, plate)
fit. If not, one blank cell too many or too few is tried at every place, then the headers known for files without one. It is
understood only where exactly one reading is left. Rows that are as their header says, and those are nearly all, need not
come here one by one: `blocks` asks of whole columns what `checks` ask of a cell.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.oversight.imports import cells
from gateway.oversight.imports.columns import VendorColumns, plain
from gateway.oversight.imports.memo import TextMemo

Layout = tuple[str, ...]
Fields = dict[str, str]
Check = Callable[[str], bool]

_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?")
_PLATE = re.compile(r"[A-Za-z0-9 *?%-]{1,12}")
NO_KNOWN_ORDER = "its cells do not fit any known order of columns"
_EXPECTED = {
    "id": "a UUID, as 0e398871-0d20-4fd7-820d-4f0cc7a1e74b, or blank",
    "time": "a day and a time of day, as 02/12/2026, 05:41:09 AM UTC",
    "frame": "two times, the first and the last that was searched, or blank",
    "networks": "a whole number, or blank",
    "plate": "a plate of at most 12 letters and digits, or blank",
}
_FEWEST = 2
_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Reading:
    """What a row says. `fields` is None where it was not understood, and `problem` says why."""

    fields: Fields | None = field(repr=False)
    problem: str = ""
    shifted: bool = False


class LayoutReader:
    """Reads rows one after the other, remembering the last header and how the last misfit was put right."""

    def __init__(self, columns: VendorColumns) -> None:
        self._columns = columns
        self._shift: tuple[int, int] | None = None
        self.layout: Layout = ()
        self._labels: dict[str, str] = {}
        self.unknown_labels: set[str] = set()
        self.first_labels: dict[str, str] = {}
        self.checks: dict[str, Check] = _CHECKS | {"kind": TextMemo(self._is_kind).__getitem__}

    def read(self, row: Sequence[str]) -> Reading | None:
        """The reading of a row; None for a header. A row that has a time where one is due is no header."""
        texts = [cell.strip() for cell in row]
        fields = _assign(texts, self.layout) if self.layout else None
        fits = fields is not None and self._fits(fields)
        if fits and fields and cells.looks_like_time(fields.get("time", "")):
            return Reading(fields)
        if self._take_header(row):
            return None
        return Reading(fields) if fits else self._read_misfit(texts)

    def _take_header(self, row: Sequence[str]) -> bool:
        labels = [label for label in row if label.strip()]
        named = [name for label in labels if (name := self._columns.field(label))]
        if len(set(named)) < _FEWEST or len(named) < _SHARE * len(labels):
            return False
        self.layout, self._shift = tuple(self._columns.field(label) or "" for label in row), None
        self._labels = {name: label.strip() for name, label in zip(self.layout, row, strict=True) if name}
        self.first_labels = self._labels | self.first_labels
        self.unknown_labels |= {plain(label) for label in labels if not self._columns.field(label)}
        return True

    def _read_misfit(self, texts: list[str]) -> Reading:
        if all(not text or cells.is_masked(text) for text in texts):
            return Reading(None, "withheld: every cell of the row is blacked out")
        found = self._as_before(texts) or self._alternatives(texts)
        if len(found) == 1:
            return Reading(found[0], shifted=True)
        if found:
            return Reading(None, "its cells fit the columns in more than one way")
        fields = _assign(texts, self.layout) if self.layout else None
        if fields is not None and self._fits(fields, strictly=False):
            cut_off = "time" in self.layout and len(texts) <= self.layout.index("time")
            return (
                Reading(None, f"it ends before the cell below {self._labels['time']}") if cut_off else Reading(fields)
            )
        return Reading(None, (fields and self._tell_wrong_cells(fields)) or NO_KNOWN_ORDER)

    def _tell_wrong_cells(self, fields: Fields) -> str | None:
        """Which cells are of another kind than their columns; None where more are than are not: then the order is another."""
        filled = {name: self.checks[name](text) for name, text in fields.items() if text and name in self.checks}
        if "time" in filled and _is_timed(fields, strictly=False):
            filled["time"] = True
        wrong = [name for name, fits in filled.items() if not fits]
        keeping_out = [name for name in wrong if name == "time" or name in _ALWAYS]
        if not wrong or 2 * len(wrong) >= len(filled):
            return None
        kinds = {**_EXPECTED, "kind": f"one of: {', '.join(sorted(self._columns.search_kinds))}"}
        return "; ".join(f"the cell below {self._labels[name]} must be {kinds[name]}" for name in keeping_out or wrong)

    def _as_before(self, texts: list[str]) -> list[Fields]:
        """The reading without labels that nobody knows and no column has, or as the last misfit was put right."""
        named = tuple(name for name in self.layout if name)
        tried = [_assign(texts, named)] if len(named) < len(self.layout) else []
        if self._shift is not None:
            tried.append(_assign(_move_cells(texts, *self._shift), self.layout))
        return [fields for fields in tried if fields is not None and self._fits(fields)][:1]

    def _alternatives(self, texts: list[str]) -> list[Fields]:
        """The different readings that fit, those of the header's order first and alone where there are any.

        That cells were moved is shown by one that fits where it came to stand, and not where any text may stand.
        """
        found: list[Fields] = []
        for shift, moved in _shifts(texts, len(self.layout)):
            fields = _assign(moved, self.layout) if _all_named(moved, self.layout) else None
            shown = any(
                text and name in self.checks for name, text in list(zip(self.layout, moved, strict=False))[shift[0] :]
            )
            if fields is not None and shown and self._fits(fields) and fields not in found:
                found.append(fields)
                self._shift = shift if len(found) == 1 else None
        if found:
            return found
        self._shift = None
        known = [_assign(texts, names) for names in self._columns.known_sets if len(names) == len(texts)]
        return [fields for fields in known if fields is not None and self._fits(fields)]

    def _fits(self, fields: Fields, *, strictly: bool = True) -> bool:
        """Whether the cells that can be told apart are what their columns say."""
        if "time" in fields and not cells.looks_like_time(fields["time"]) and not _is_timed(fields, strictly=strictly):
            return False
        asked = _STRICTLY if strictly else _ALWAYS
        return all(self.checks[name](fields[name]) for name in asked if name in fields)

    def _is_kind(self, text: str) -> bool:
        return not text or not self._columns.search_kinds or plain(text) in self._columns.search_kinds


def _is_id(text: str) -> bool:
    return not text or cells.is_uuid(text) or cells.is_masked(text)


def _is_number(text: str) -> bool:
    return not text or cells.count(text) is not None or cells.is_masked(text)


def _is_frame(text: str) -> bool:
    return not text or cells.frame(text) != ("", "") or cells.is_masked(text)


def _is_plate(text: str) -> bool:
    return not text or _PLATE.fullmatch(text) is not None or cells.is_masked(text) or cells.is_placeholder(text)


_CHECKS: dict[str, Check] = {
    "id": _is_id, "time": cells.looks_like_time, "frame": _is_frame,
    "networks": TextMemo(_is_number).__getitem__, "plate": TextMemo(_is_plate).__getitem__,
}  # fmt: skip
"""By field, whether a cell may stand there. Ids and times seldom come again, so nothing is remembered of them."""
_ALWAYS = ("id", "networks", "kind")
_STRICTLY = (*_ALWAYS, "frame", "plate")


def _is_timed(fields: Fields, *, strictly: bool) -> bool:
    """Whether a cell that is not written as a time still stands where one is due."""
    time = fields["time"]
    if "date" in fields and cells.is_day(fields["date"]) and _CLOCK.fullmatch(time):
        return True
    return not strictly and (not time or cells.is_masked(time) or any(letter.isdigit() for letter in time))


def _assign(texts: Sequence[str], layout: Layout) -> Fields | None:
    """The cells by their columns' names; None where there are filled cells beyond the columns."""
    if any(texts[len(layout) :]):
        return None
    fields = dict.fromkeys((name for name in layout if name), "")
    fields.update((name, text) for name, text in zip(layout, texts, strict=False) if name and text)
    return fields


def _all_named(texts: Sequence[str], layout: Layout) -> bool:
    """Whether every filled cell has a column with a name: a reading that loses a cell is none."""
    return all(name or not text for name, text in zip(layout, texts, strict=False))


def _shifts(texts: list[str], width: int) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """The row with one blank cell less, and with one more, at every place."""
    for at in range(width + 1):
        if at < len(texts) and not texts[at]:
            yield (at, -1), _move_cells(texts, at, -1)
        if not any(texts[width - 1 :]) or len(texts) < width:
            yield (at, 1), _move_cells(texts, at, 1)


def _move_cells(texts: list[str], at: int, by: int) -> list[str]:
    if by > 0:
        return [*texts[:at], "", *texts[at:]]
    return texts if at < len(texts) and texts[at] else [*texts[:at], *texts[at + 1 :]]
