"""Import of one export: every row understood, or reported with its number; a plate kept as hashes, a reason as codes."""

import contextlib
import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway import plates
from gateway.ledger.epochs import Epoch
from gateway.oversight.imports import cells
from gateway.oversight.imports.columns import VendorColumns, plain
from gateway.oversight.imports.layouts import Fields, LayoutReader
from gateway.oversight.imports.sheets import SheetRow, read_rows

KINDS = ("organization", "network", "portal", "events")
COLUMNS = (
    "sheet row vendor_id person own networks made_at starts ends plate_state plate_hashes decision_id reason_state "
    "reason_traits kind origin zoneless event entity with_case with_expiry"
).split()
"""What is kept of each row."""
_MOST_PROBLEMS = 1000
_SHARED = ("networks", "plate", "reason", "case", "person", "kind", "time", "frame")
_LEAST_CONSTANT = 50

Describe = Callable[[str], Sequence[str]]
"""What a written reason is like, in codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """How a file is to be read: whose columns, what kind of export, our names in it, the keys at hand, the codes of reasons."""

    columns: VendorColumns
    kind: str
    organizations: frozenset[str]
    epochs: tuple[Epoch, ...] = field(repr=False)
    describe: Describe = field(repr=False)


@dataclass(slots=True)
class Tally:
    """What was seen while reading."""

    rows: int = 0
    read: int = 0
    shifted: int = 0
    rejected: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    seen: dict[str, set[str]] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    unknown_labels: set[str] = field(default_factory=set)

    def reject(self, row: SheetRow, why: str) -> None:
        """Count a row that was not understood, and say where it is."""
        self.rejected += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append({"sheet": row.sheet, "row": row.number, "why": why})

    def look_at(self, fields: Fields) -> None:
        """Count what is filled, what is blacked out, and whether a column ever says anything else."""
        for name in _SHARED:
            if name in fields:
                self._look_at(name, fields[name])

    def _look_at(self, name: str, text: str) -> None:
        self.columns.add(name)
        if cells.is_masked(text):
            self.masked[name] += 1
        elif text:
            self.filled[name] += 1
        values = self.seen.setdefault(name, set())
        if len(values) < 2:  # noqa: PLR2004 - more than one value is no mask
            values.add(text)

    @property
    def constant(self) -> list[str]:
        """Columns with one and the same text in every row: that is a mask, too."""
        enough = self.read >= _LEAST_CONSTANT
        return sorted(name for name, values in self.seen.items() if enough and len(values) == 1 and "" not in values)


def read_export(path: Path, rules: ImportRules, draft: Path) -> Tally:
    """Read a file, writing what is kept of each row to `draft` (CSV); what was seen.

    Raises:
        ConfigurationError: the file is of a kind that is not read.
    """
    reader, tally, hashes = LayoutReader(rules.columns), Tally(), PlateHasher(rules.epochs)
    with contextlib.closing(read_rows(path)) as rows, draft.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for row in rows:
            reading = reader.read(row.cells)
            if reading is None:
                continue
            tally.rows += 1
            if reading.fields is None:
                tally.reject(row, reading.problem)
                continue
            tally.read += 1
            tally.shifted += reading.shifted
            tally.look_at(reading.fields)
            out.writerow(_make_row(row, reading.fields, rules, hashes))
    tally.unknown_labels = reader.unknown_labels
    return tally


class PlateHasher:
    """The hashes of a plate under every key at hand, each plate worked out once."""

    def __init__(self, epochs: tuple[Epoch, ...]) -> None:
        self._epochs = epochs
        self._known: dict[plates.NormalPlate, str] = {}

    def hashes(self, plate: plates.NormalPlate) -> str:
        """The hashes, a semicolon between them."""
        if plate not in self._known:
            self._known[plate] = ";".join(epoch.hash_plate(plate) for epoch in self._epochs)
        return self._known[plate]


def _make_row(row: SheetRow, fields: Fields, rules: ImportRules, hashes: PlateHasher) -> list[Any]:
    at = _time(row, fields, rules)
    starts, ends = _window(fields)
    state, hashed = _plate(fields, hashes)
    reason, case, kind = fields.get("reason"), fields.get("case", ""), plain(cells.short(fields.get("kind", "")))
    decision_id = cells.find_uuid(reason or "") or cells.find_uuid(case)
    traits = "" if not reason or cells.is_masked(reason) or decision_id else ";".join(rules.describe(reason))
    vendor_id = fields.get("id") or fields.get("event_id") or ""
    return [
        *(
            cells.short(row.sheet),
            row.number,
            vendor_id.lower() if cells.is_uuid(vendor_id) else "",
            _open(fields.get("person", "")),
        ),
        *(_is_own(fields, rules), cells.count(fields.get("networks", "")), _iso(at), _iso(starts), _iso(ends)),
        *(state, hashed, decision_id, _reason_state(reason), traits, kind, _origin(kind, rules)),
        *(at is None and bool(fields.get("time")), *_event(fields)),
    ]


def _time(row: SheetRow, fields: Fields, rules: ImportRules) -> datetime | None:
    """The instant of a row; zone-less times are UTC only on the public page and in the older event log of it."""
    text = fields.get("time", "")
    if fields.get("date") and not cells.looks_like_time(text):
        text = f"{fields['date']} {text}"
    return cells.instant(text, zone_known=rules.kind == "portal" and not row.zoneless)


def _window(fields: Fields) -> tuple[datetime | None, datetime | None]:
    """The window that was asked for, from one cell or from two."""
    if fields.get("frame"):
        return cells.frame(fields["frame"])
    starts, ends = (cells.instant(fields.get(name, ""), zone_known=False) for name in ("starts", "ends"))
    return starts, ends


def _plate(fields: Fields, hashes: PlateHasher) -> tuple[str, str]:
    text = fields.get("plate")
    if text is None:
        return "absent", ""
    if not text or cells.is_placeholder(text):
        return ("masked" if cells.is_masked(text) else "blank"), ""
    if cells.is_masked(text):
        return "masked", ""
    if not plates.is_accepted(text):
        return "unreadable", ""
    return "known", hashes.hashes(plates.normalize(plates.TypedPlate(text)))


def _reason_state(reason: str | None) -> str:
    if reason is None:
        return "absent"
    return "masked" if cells.is_masked(reason) else "written" if reason else "blank"


def _open(person: str) -> str:
    return "" if cells.is_masked(person) or cells.is_placeholder(person) else cells.short(person)


def _is_own(fields: Fields, rules: ImportRules) -> bool:
    """Whether our own person searched: all rows of our own audit, those with our name of the shared one."""
    return rules.kind != "network" or plain(fields.get("organization", "")) in rules.organizations


def _origin(kind: str, rules: ImportRules) -> str:
    if not kind or cells.is_masked(kind):
        return "unknown"
    return "interface" if kind in rules.columns.gateway_kinds else "portal"


def _event(fields: Fields) -> tuple[str, str, bool, bool]:
    details = {part.partition(":")[0].strip().casefold(): part.partition(":")[2].strip() for part in _lines(fields)}
    return (
        plain(cells.short(fields.get("event", ""))),
        cells.short(fields.get("entity", "")),
        bool(details.get("case")),
        bool(details.get("expiry")),
    )


def _lines(fields: Fields) -> list[str]:
    return [line for line in fields.get("details", "").splitlines() if ":" in line]


def _iso(instant: datetime | None) -> str:
    return instant.isoformat()[:19] if instant else ""
