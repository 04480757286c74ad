import zstandard

from gateway.ledger.segments import Follower, chains, read_records, segments


def write(path, *lines, tail=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(b"%b\n" % line for line in lines) + tail
    path.write_bytes(zstandard.compress(data) if path.suffix == ".zst" else data)


def a_chain(directory):
    write(directory / "w0" / "0000000000000001.jsonl.zst", b"a", b"b")
    write(directory / "w0" / "0000000000000003.jsonl", b"c", b"d", tail=b"half")
    write(directory / "w0" / "0000000000000001.jsonl.torn", b"no")
    write(directory / "keys" / "0000000000000001.jsonl", b"no")


def test_records_come_in_order_from_plain_and_compressed_segments_without_the_unfinished_line(tmp_path):
    a_chain(tmp_path)
    found = [(line.seq, line.line_no, line.raw) for line in read_records(tmp_path)]
    assert found == [(1, 1, b"a"), (2, 2, b"b"), (3, 1, b"c"), (4, 2, b"d")]
    assert chains(tmp_path) == ["w0"]


def test_reading_begins_after_the_given_record(tmp_path):
    a_chain(tmp_path)
    assert [line.raw for line in read_records(tmp_path, "w0", after_seq=2)] == [b"c", b"d"]
    assert [line.raw for line in read_records(tmp_path, "w0", after_seq=3)] == [b"d"]


def test_a_segment_that_lies_there_twice_is_read_once(tmp_path):
    a_chain(tmp_path)
    write(tmp_path / "w0" / "0000000000000001.jsonl", b"a", b"b")
    assert [line.raw for line in read_records(tmp_path)] == [b"a", b"b", b"c", b"d"]


def test_a_segment_compressed_after_it_was_listed_is_still_read(tmp_path):
    write(tmp_path / "w0" / "0000000000000001.jsonl", b"a")
    reader = read_records(tmp_path)
    listed = segments(tmp_path, "w0")
    write(tmp_path / "w0" / "0000000000000001.jsonl.zst", b"a")
    listed[0].path.unlink()
    assert [line.raw for line in reader] == [b"a"]


def test_a_follower_gives_each_record_once_over_live_lines_and_new_segments(tmp_path):
    first = tmp_path / "w0" / "0000000000000001.jsonl"
    follower = Follower(tmp_path, "w0")
    assert follower.read(10) == []
    write(first, b"a", tail=b"b-begi")
    assert [line.raw for line in follower.read(10)] == [b"a"]
    with first.open("ab") as file:
        file.write(b"nning\n")
    assert [line.raw for line in follower.read(10)] == [b"b-beginning"]
    write(tmp_path / "w0" / "0000000000000003.jsonl", b"c", b"d", b"e")
    assert [(line.seq, line.raw) for line in follower.read(2)] == [(3, b"c"), (4, b"d")]
    assert [line.seq for line in follower.read(2)] == [5]
    follower.close()


def test_a_follower_begins_where_it_is_told(tmp_path):
    a_chain(tmp_path)
    follower = Follower(tmp_path, "w0", after_seq=3)
    assert [line.seq for line in follower.read(10)] == [4]
    follower.close()


def test_a_follower_goes_on_where_its_file_was_replaced_as_after_a_crash(tmp_path):
    path = tmp_path / "w0" / "0000000000000001.jsonl"
    write(path, b"a", b"b")
    follower = Follower(tmp_path, "w0")
    assert [line.raw for line in follower.read(10)] == [b"a", b"b"]
    fresh = path.with_suffix(".new")
    write(fresh, b"a", b"b", b"c")
    fresh.replace(path)
    assert [(line.seq, line.raw) for line in follower.read(10)] == [(3, b"c")]
    assert follower.read(10) == []
    follower.close()
