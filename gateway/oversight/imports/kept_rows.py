"""What is kept of the rows of an export: a plate as hashes, a reason as codes, times as instants, never a case number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway import plates
from gateway.ledger.epoch_keys import Epoch
from gateway.oversight.imports import cells
from gateway.oversight.imports.blocks import Block
from gateway.oversight.imports.columns import VendorColumns, plain
from gateway.oversight.imports.memo import TextMemo
from gateway.oversight.imports.organizations import NamedOrganizations
from gateway.oversight.imports.plate_hashes import PlateHasher
from gateway.oversight.imports.unread_cells import UnreadCells

COLUMNS = (
    "sheet row vendor_id person own networks made_at starts ends plate_state plate_key decision_id reason_state "
    "reason_traits kind origin zoneless event entity with_case with_expiry"
).split()
"""What is kept of each row."""
ENTRY_LINES = frozenset({"hotlist name", "license", "reason", "message", "case", "expiry"})
"""The labels of the lines that are read of an entry of an event log, in small letters."""
_DAY = len("2026-12-31")

Describe = Callable[[str], Sequence[str]]
"""What a written reason is like, in codes."""
Column = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """How a file is to be read: whose columns, what kind of export, our names in it, the keys at hand, the codes of reasons."""

    columns: VendorColumns
    kind: str
    organizations: frozenset[str]
    epochs: tuple[Epoch, ...] = field(repr=False)
    describe: Describe = field(repr=False)


class RowKeeper:
    """Makes the kept rows of blocks, column by column; what a text means is worked out once.

    `plates` has the hashes of their plates, `unread` the cells that were not understood, `in_doubt` how many of the rows without
    a time are of an hour that their zone had twice or never, `entry_lines` which of the lines that are read of an event log's
    entries there were, by their labels; `organizations` whose the rows of a shared audit are.
    """

    def __init__(self, rules: ImportRules) -> None:
        self._rules, self.plates, self.unread = rules, PlateHasher(rules.epochs), UnreadCells()
        self.organizations = NamedOrganizations(rules.organizations)
        self.in_doubt = 0
        self._short = TextMemo(cells.short)
        self._person, self._count = TextMemo(_open), TextMemo(cells.count)
        self._plate, self._state = TextMemo(_read_plate), TextMemo(_reason_state)
        self._traits = TextMemo(lambda reason: ";".join(rules.describe(reason)))
        self._kind: TextMemo[str] = TextMemo(lambda kind: plain(cells.short(kind)))
        self._origin = TextMemo(self._read_origin)
        self.entry_lines: set[str] = set()
        self._details = TextMemo(self._read_entry)

    def keep(self, block: Block) -> Iterator[tuple[Any, ...]]:
        """The rows that are kept of a block, in the order of `COLUMNS`."""
        if self._rules.kind == "events":
            block = _with_details(block)
        kept = self._about_search(block) | self._about_reason(block) | self._about_event(block)
        self.unread.look_at(block, kept)
        kept["sheet"] = self._short.all([row.sheet for row in block.rows])
        kept["row"] = [row.number for row in block.rows]
        return zip(*(kept[name] for name in COLUMNS), strict=True)

    def _about_search(self, block: Block) -> dict[str, Column]:
        """Who searched what when."""
        times, moments = _times(block), self._moments(block)
        starts, ends = _windows(block)
        self.in_doubt += sum(not at and cells.is_in_doubt(text) for text, at in zip(times, moments, strict=True))
        known_day = self._rules.kind != "events"  # entries of one log are compared with one another, by any key at hand
        days = [moment[:_DAY] if known_day else "" for moment in moments]
        found = self._plate.all(block.fields["plate"]) if "plate" in block.fields else [_NO_PLATE] * len(block.rows)
        return {
            "vendor_id": [text.lower() if cells.is_uuid(text) else "" for text in _ids(block)],
            "person": self._person.all(block.texts("person")),
            "own": self._own(block),
            "networks": self._count.all(block.texts("networks")),
            "made_at": moments,
            "starts": starts,
            "ends": ends,
            "plate_state": [state for state, _ in found],
            "plate_key": [self.plates.key(plate, day) for (_, plate), day in zip(found, days, strict=True)],
            "zoneless": [bool(text) and not moment for text, moment in zip(times, moments, strict=True)],
        }

    def _about_reason(self, block: Block) -> dict[str, Column]:
        """What the written reason is like, and whose decision id it, or the case number, holds."""
        reasons, cases = block.texts("reason"), block.texts("case")
        written = "reason" in block.fields
        ids = [
            cells.find_uuid(reason) or cells.find_uuid(case) or "" for reason, case in zip(reasons, cases, strict=True)
        ]
        states = self._state.all(reasons) if written else ["absent"] * len(reasons)
        traits = [
            self._traits[reason] if state == "written" and not decision_id else ""
            for reason, state, decision_id in zip(reasons, states, ids, strict=True)
        ]
        kinds = self._kind.all(block.texts("kind"))
        return {
            "decision_id": ids,
            "reason_state": states,
            "reason_traits": traits,
            "kind": kinds,
            "origin": self._origin.all(kinds),
        }

    def _about_event(self, block: Block) -> dict[str, Column]:
        """What the event log tells of an entry."""
        details = self._details.all(block.texts("details"))
        return {
            "event": self._kind.all(block.texts("event")),
            "entity": self._short.all(block.texts("entity")),
            "with_case": [case for case, _ in details],
            "with_expiry": [expiry for _, expiry in details],
        }

    def _moments(self, block: Block) -> list[str]:
        """The instants of the rows; zone-less times are UTC only on the public page and in the older event log of it."""
        public = self._rules.kind == "portal"
        return [
            cells.iso(text, zone_known=public and not row.zoneless)
            for text, row in zip(_times(block), block.rows, strict=True)
        ]

    def _own(self, block: Block) -> list[bool]:
        """Whether our own person searched: all rows of our own audit, those with our name of the shared one."""
        if self._rules.kind != "network":
            return [True] * len(block.rows)
        return self.organizations.find_own(block.texts("organization"))

    def _read_entry(self, text: str) -> tuple[bool, bool]:
        """Whether a hot-list entry has a case, and an expiry."""
        details = _read_details(text)
        self.entry_lines |= details.keys() & ENTRY_LINES
        return bool(details.get("case")), bool(details.get("expiry"))

    def _read_origin(self, kind: str) -> str:
        if not kind or cells.is_masked(kind):
            return "unknown"
        return "interface" if kind in self._rules.columns.gateway_kinds else "portal"


def _ids(block: Block) -> list[str]:
    return [one or other for one, other in zip(block.texts("id"), block.texts("event_id"), strict=True)]


def _times(block: Block) -> list[str]:
    """The cells of the time, put together where the day is in a column of its own."""
    times = block.texts("time")
    if "date" not in block.fields:
        return times
    return [
        text if not day or cells.looks_like_time(text) else f"{day} {text}"
        for day, text in zip(block.fields["date"], times, strict=True)
    ]


def _windows(block: Block) -> tuple[Column, Column]:
    """The windows that were asked for, from one cell or from two."""
    if not any(block.texts("frame")):
        starts, ends = (
            [cells.iso(text, zone_known=False) for text in block.texts(name)] for name in ("starts", "ends")
        )
        return starts, ends
    pairs = [
        cells.frame(frame) if frame else (cells.iso(starts, zone_known=False), cells.iso(ends, zone_known=False))
        for frame, starts, ends in zip(*(block.texts(name) for name in ("frame", "starts", "ends")), strict=True)
    ]
    return [starts for starts, _ in pairs], [ends for _, ends in pairs]


_NO_PLATE: tuple[str, plates.SoughtPlate | None] = ("absent", None)


def _read_plate(text: str) -> tuple[str, plates.SoughtPlate | None]:
    """What a cell tells of a plate, and the plate; `partial` is a part of one, as the gateway sends it or blacked out so."""
    if cells.is_masked(text):
        return "masked", None
    if not text or cells.is_placeholder(text):
        return "blank", None
    if not plates.is_sought(text):
        return "unreadable", None
    sought = plates.normalize_sought(plates.TypedPlate(text))
    return ("partial" if plates.WILDCARD in sought else "known"), sought


def _reason_state(reason: str) -> str:
    return "masked" if cells.is_masked(reason) else "written" if reason else "blank"


def _open(person: str) -> str:
    return "" if cells.is_masked(person) or cells.is_placeholder(person) else cells.short(person)


def _with_details(block: Block) -> Block:
    """Entries of an event log with the plate of the entry, and what is written in it, as if they were a search's."""
    details = [_read_details(text) for text in block.texts("details")]
    written = [
        " ".join(told.get(name, "") for name in ("hotlist name", "reason", "message")).strip() for told in details
    ]
    plate = [told.get("license", "") for told in details]
    return Block(block.rows, block.fields | {"plate": plate, "reason": written}, block.shifted)


def _read_details(text: str) -> dict[str, str]:
    """The lines `Label: value` of a cell, by label in small letters."""
    lines = [line.partition(":") for line in text.splitlines()]
    return {label.strip().casefold(): told.strip() for label, colon, told in lines if colon}
