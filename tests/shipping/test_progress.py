"""What was shipped of each chain, kept in a file, and what every sink has."""

import pytest

from gateway.ledger.heads import Head
from gateway.shipping.progress import Cursor, find_shipped


def test_what_was_stored_is_loaded(tmp_path):
    marks = {"w0": Head(7, "ab" * 32), "cli": Head(1, "cd" * 32)}
    Cursor(tmp_path, "siem").store(marks)
    assert Cursor(tmp_path, "siem").load() == marks


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema":"other","chains":{}}', '{"schema":"lpr.cursor.v1"}'])
def test_a_file_that_is_no_cursor_is_as_good_as_none(tmp_path, text):
    (tmp_path / "siem.json").write_text(text)
    assert Cursor(tmp_path, "siem").load() is None


def test_only_what_every_sink_has_counts_as_shipped(tmp_path):
    Cursor(tmp_path, "a").store({"w0": Head(7, ""), "cli": Head(3, ""), "w1": Head(1, "")})
    Cursor(tmp_path, "b").store({"w0": Head(5, ""), "cli": Head(9, "")})
    assert find_shipped(tmp_path, ["a", "b"]) == {"cli": 3, "w0": 5}
    assert find_shipped(tmp_path, ["a", "b", "not-yet-shipped"]) == {}
    assert find_shipped(tmp_path, []) is None


def test_how_far_was_sent_is_kept_beside_what_surely_arrived(tmp_path):
    cursor = Cursor(tmp_path, "siem")
    cursor.store({"w0": Head(3, "ab" * 32)}, {"w0": Head(7, "cd" * 32)})
    assert (cursor.load(), cursor.load_sent()) == ({"w0": Head(3, "ab" * 32)}, {"w0": Head(7, "cd" * 32)})
    assert find_shipped(tmp_path, ["siem"]) == {"w0": 3}


@pytest.mark.parametrize("text", [None, "{", "[]", '{"schema":"lpr.cursor.v1","chains":{}}'])
def test_a_cursor_that_does_not_say_how_far_was_sent_says_nothing(tmp_path, text):
    if text is not None:
        (tmp_path / "siem.json").write_text(text)
    assert Cursor(tmp_path, "siem").load_sent() == {}
