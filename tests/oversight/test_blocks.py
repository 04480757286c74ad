"""Reading in blocks gives what reading row by row gives, whatever the file; and hostile cells cost no more than their length."""

import random
import time
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.epoch_keys import Epoch
from gateway.oversight.imports import cells
from gateway.oversight.imports.blocks import Complaint, read_blocks
from gateway.oversight.imports.columns import read_columns
from gateway.oversight.imports.layouts import LayoutReader
from gateway.oversight.imports.memo import TextMemo
from gateway.oversight.imports.plate_hashes import PlateHasher
from gateway.oversight.imports.sheets import SheetRow
from gateway.plates import NormalPlate
from tests.auditing.ledgers import START
from tests.oversight.scene import F13, FOLDER, portal_row
from tests.properties import examples

FLOCK = read_columns(FOLDER, "flock")
KINDS = st.sampled_from(
    "plain plain plain plain header spaced devices shifted extra masked nonsense short long notime day".split()
)


def cells_of(kind, number):
    row = portal_row(START + timedelta(minutes=number))
    made = {
        "header": F13,
        "spaced": [f" {label}" for label in F13],
        "devices": [*F13[:4], " Total Devices Searched", *F13[4:]],
        "shifted": [*row[:4], "", *row[4:]],
        "extra": [*row[:4], "812", *row[4:]],
        "masked": ["REDACTED"] * 13,
        "nonsense": ["what", "is", "this"],
        "short": row[:11],
        "long": [*row, "", "more"],
        "notime": [*row[:9], "***", *row[10:]],
        "day": [*row[:9], "2026-11-02", *row[10:]],
    }
    return made.get(kind, row)


def one_by_one(rows):
    reader, read, refused = LayoutReader(FLOCK), [], []
    for row in rows:
        reading = reader.read(row.cells)
        if reading is not None and reading.fields is None:
            refused.append((row.number, reading.problem))
        elif reading is not None:
            read.append((row.number, reading.fields))
    return read, refused


def in_blocks(rows):
    read, refused = [], []
    for found in read_blocks(rows, LayoutReader(FLOCK)):
        if isinstance(found, Complaint):
            refused.append((found.row.number, found.why))
            continue
        for place, row in enumerate(found.rows):
            read.append((row.number, {name: texts[place] for name, texts in found.fields.items()}))
    return sorted(read, key=lambda item: item[0]), refused


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(KINDS, max_size=90))
def test_blocks_give_the_same_rows_and_complaints_as_reading_row_by_row(kinds):
    rows = [SheetRow("", number, cells_of(kind, number)) for number, kind in enumerate(kinds, start=1)]
    assert in_blocks(rows) == one_by_one(rows)


def test_a_long_file_with_headers_and_dirt_anywhere_is_read_the_same_in_blocks():
    dice = random.Random(7)
    kinds = dice.choices(["plain", "spaced", "devices", "shifted", "extra", "nonsense"], [980, 4, 2, 6, 6, 2], k=2500)
    rows = [SheetRow("", number, cells_of(kind, number)) for number, kind in enumerate(["header", *kinds], start=1)]
    assert in_blocks(rows) == one_by_one(rows)


def test_a_block_holds_no_more_characters_than_a_few_long_rows():
    rows = [SheetRow("", number, ["x" * (1 << 20)]) for number in range(40)]
    taken = 0

    def counted():
        nonlocal taken
        for row in rows:
            taken += 1
            yield row

    next(read_blocks(counted(), LayoutReader(FLOCK)))
    assert taken < 12


def test_a_cell_made_to_be_slow_is_judged_in_the_time_of_its_length():
    ended = time.process_time()
    for hostile in ("*" * 200_000 + "x", "\u2588" * 200_000 + "x", "a" + " " * 200_000 + "b"):
        assert not cells.is_masked(hostile)
        assert cells.frame(hostile) == ("", "")
        assert not cells.is_placeholder(hostile)
    assert time.process_time() - ended < 20


def test_a_memo_forgets_before_it_fills_the_memory_and_keeps_nothing_of_long_texts():
    asked = []
    memo = TextMemo(lambda text: asked.append(text) or len(text))
    assert memo.all(["a", "b", "a"]) == [1, 1, 1]
    assert asked == ["a", "b"]
    assert memo["x" * 10_000] == 10_000
    assert list(memo) == ["a", "b"]
    for number in range(140_000):
        memo[str(number)]
    assert len(memo) <= 1 << 17


def test_a_plate_is_hashed_under_the_keys_of_its_days_alone_and_under_all_where_the_day_is_unknown():
    begins = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 7)]
    epochs = tuple(Epoch(f"e{number:06d}", began, bytes([number]) * 32) for number, began in enumerate(begins, start=1))
    hasher = PlateHasher(epochs)
    plate = NormalPlate("ABC123")
    keys = [hasher.key(plate, day) for day in ("2026-03-15", "2026-04-01", "2026-03-15", "")]
    kept = {key: (names.split(";"), hashes.split(";")) for key, names, hashes in hasher.rows()}
    assert keys[0] == keys[2]
    assert kept[keys[0]][0] == ["e000003"]
    assert kept[keys[1]][0] == ["e000003", "e000004"]
    assert kept[keys[3]][0] == [epoch.name for epoch in epochs]
    assert kept[keys[0]][1] == [epochs[2].hash_plate(plate)]
