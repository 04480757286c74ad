import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.segments import Segment
from gateway.lifecycle.portions import Portion, portion_ledger
from gateway.value import replace

FIRST = "2026-11-22T14:00:00.000Z"


def record(number, **changes):
    fields = {"event_type": "decision", "input": "{}", "n": number, "ts": FIRST} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None}, separators=(",", ":"))


@pytest.fixture
def segment(tmp_path):
    (tmp_path / "w0").mkdir()
    return Segment("w0", 1, tmp_path / "w0" / "0000000000000001.jsonl")


def numbers(portions):
    return [json.loads(raw)["n"] for portion in portions for raw in portion.read()]


@given(st.lists(st.integers(0, 300), max_size=12), st.integers(1, 400))
def test_portions_of_any_size_give_every_record_once_and_in_order(tmp_path_factory, lengths, portion_bytes):
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "w0").mkdir()
    lines = [record(number, pad="x" * length) for number, length in enumerate(lengths)]
    (folder / "w0" / "0000000000000001.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert numbers(portion_ledger(folder, portion_bytes=portion_bytes)) == list(range(len(lengths)))


def test_only_decisions_from_the_instant_on_count_whoever_made_them(segment, tmp_path):
    lines = [
        record(1, ts="2026-11-22T13:59:59.999Z"),
        record(2),
        record(3, input=None),
        record(4, event_type="outcome"),
        record(5, ts="2026-11-23T00:00:00.000Z"),
    ]
    segment.path.write_text("".join(f"{line}\n" for line in lines))
    assert numbers(portion_ledger(tmp_path, since=FIRST)) == [2, 3, 5]
    assert numbers(portion_ledger(tmp_path, since=FIRST, until="2026-11-23T00:00:00.000Z")) == [2, 3]
    assert numbers(portion_ledger(tmp_path, until=FIRST)) == [1]


def test_a_record_that_is_being_written_is_not_read(segment, tmp_path):
    segment.path.write_text(f"{record(1)}\n{record(2)}")
    assert numbers(portion_ledger(tmp_path)) == [1]


def test_compressed_segments_are_read_whole_and_those_compressed_meanwhile_as_they_were(segment, tmp_path):
    text = "".join(f"{record(number)}\n" for number in range(20))
    segment.path.write_text(text)
    before = list(portion_ledger(tmp_path, portion_bytes=100))
    segment.path.with_suffix(".jsonl.zst").write_bytes(zstandard.compress(text.encode()))
    segment.path.unlink()
    assert len(before) > 10
    assert numbers(before) == list(range(20))
    [whole] = portion_ledger(tmp_path, portion_bytes=100)
    assert whole == Portion(segment=replace(segment, path=segment.path.with_suffix(".jsonl.zst")))
    assert numbers([whole]) == list(range(20))
