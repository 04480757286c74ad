"""Optional facts for detectors: rosters (who works when), and vehicles of staff, households and protected persons.

A vehicle is kept only as the hashes under the keys that are on the host, so the list must be imported again at least
every half epoch; a nightly feed does. Three files, each with a header row:

    rosters.csv      user_id,starts_at,ends_at        RFC 3339
    households.csv   plate,relation                   `relation` is for people and is not kept
    registrations.csv plate,holder                    plates of one holder (a surname, an address) belong together; kept as a hash
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import orjson

from gateway import plates
from gateway.auditing.private import replace_private
from gateway.clock import format_instant, parse_instant
from gateway.errors import ConfigurationError
from gateway.ledger.epoch_keys import Epoch
from gateway.unreadable import tell_unreadable
from gateway.unseen import find_unseen

KINDS = ("rosters", "households", "registrations")
_HEADERS = {
    "rosters": ["user_id", "starts_at", "ends_at"],
    "households": ["plate", "relation"],
    "registrations": ["plate", "holder"],
}
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_PRIVATE = 0o700


def list_rostered(path: Path) -> frozenset[str]:
    """The user ids of a list of shifts.

    Raises:
        ConfigurationError: it cannot be read.
    """
    return frozenset(row[0] for _, row in _read(path, _HEADERS["rosters"]))


def find_kind(path: Path) -> str | None:
    """The kind whose header a file begins with; None where it has none of them, or cannot be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return next((kind for kind, header in _HEADERS.items() if first == header), None)


def import_staff(path: Path, kind: str, state: Path, epochs: Sequence[Epoch]) -> int:
    """Read a file of this kind and put it in the place of the last one; the number of rows.

    Raises:
        ConfigurationError: with every mistake by its row; then nothing is changed.
    """
    rows = _read(path, _HEADERS[kind])
    read = {"rosters": _roster, "households": _vehicle, "registrations": _registration}[kind]
    problems = [f"{path.name} row {number}: {why}" for number, row in rows if (why := read(row)[1])]
    if kind != "rosters" and not epochs:
        problems.append("there is no key to hash plates with yet: start the gateway first")
    if problems:
        raise ConfigurationError(problems)
    kept = [read(row)[0] for _, row in rows]
    if kind != "rosters":
        kept = [_hash(row, epoch) for row in kept for epoch in epochs]
    state.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    content = orjson.dumps([item for (item,) in kept] if kind == "households" else kept)
    replace_private(state / f"{kind}.json", content)
    return len(rows)


def _tell_header(given: list[str], header: list[str]) -> str:
    """What is wrong with a first row; where only other marks part its cells, that alone."""
    for separator, name in _SEPARATORS.items():
        if [cell.strip() for cell in ",".join(given).split(separator)] == header:
            return f"the cells are separated by {name}; they must be separated by commas: save it as “CSV UTF-8”"
    return f"the first row must be {','.join(header)}"


def _read(path: Path, header: list[str]) -> list[tuple[int, list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    except PermissionError as error:
        raise ConfigurationError([f"{path.name} {tell_unreadable(error)}"]) from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise ConfigurationError([f"{path.name} cannot be read as CSV in UTF-8"]) from None
    if not rows or rows[0][1] != header:
        raise ConfigurationError([f"{path.name}: {_tell_header(rows[0][1] if rows else [], header)}"])
    wrong = [
        f"{path.name} row {number}: must have {len(header)} cells" for number, row in rows if len(row) != len(header)
    ]
    if wrong:
        raise ConfigurationError(wrong)
    if not rows[1:]:
        raise ConfigurationError([f"{path.name}: no row follows the first, and what was imported before would be gone"])
    return rows[1:]


def _roster(row: list[str]) -> tuple[list[str], str]:
    starts, ends = parse_instant(row[1]), parse_instant(row[2])
    if not row[0] or starts is None or ends is None or ends <= starts:
        form = "times of the form 2026-11-27T08:00:00-05:00 or 2026-11-27T13:00:00Z (RFC 3339)"
        return [], f"needs a user_id and two {form}, the second after the first"
    return [row[0], format_instant(starts), format_instant(ends)], ""


def _vehicle(row: list[str]) -> tuple[list[str], str]:
    if not plates.is_accepted(row[0]):
        unseen = find_unseen(row[0])
        return [], "the plate has characters that plates do not have" + (f"; {unseen} cannot be seen" if unseen else "")
    if plates.is_date_of_spreadsheet(row[0]):
        return [], f"the plate is {plates.DATE_OF_SPREADSHEET}"
    return [plates.in_clear(plates.normalize(plates.IssuedPlate(row[0])))], ""


def _registration(row: list[str]) -> tuple[list[str], str]:
    vehicle, problem = _vehicle(row)
    if not problem and not row[1].strip():
        problem = "needs a holder: whatever the plates that belong together have in common"
    return ([*vehicle, row[1]], "") if not problem else ([], problem)


def _hash(row: list[str], epoch: Epoch) -> list[str]:
    """The plate, and the holder it belongs to, as hashes under one key; so no holder can be told from another list."""
    plate, *holder = row
    return [epoch.hash_plate(plates.NormalPlate(plate)), *map(epoch.hash_text, holder)]
