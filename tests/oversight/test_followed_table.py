"""What the privacy office changes in a table counts in a gateway that serves, and a slip of the pen does no harm there."""

import pytest

from gateway.app.oversight import finding_board, reason_describer
from gateway.oversight.followed_table import FollowedTable
from tests.app.editable_oversight import edit, make_editable


@pytest.fixture
def editable(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.app.oversight.FollowedTable", lambda file, read: FollowedTable(file, read, 0.0))
    return make_editable(tmp_path)


def test_a_word_that_is_added_to_the_codes_of_reasons_counts_without_a_restart(editable):
    made, tables = editable
    describe = reason_describer(made.settings)
    assert describe("Just looking") == ()
    edit(tables / "reasons" / "data.yaml", "vague: [check,", "vague: [just looking, check,")
    assert describe("Just looking") == ("vague",)


def test_the_roles_that_review_are_those_of_the_table_as_it_is_now(editable):
    made, tables = editable
    board = finding_board(made.settings)
    edit(tables / "agency" / "data.yaml", "[supervisor, privacy, auditor]", "[privacy]")
    edit(tables / "agency" / "data.yaml", "value: 90", "value: 30")
    assert (board.reviewer_roles, board.told_days) == (("privacy",), 30)


def test_a_table_that_cannot_be_read_leaves_what_was_read_last_until_it_is_mended(editable):
    made, tables = editable
    describe = reason_describer(made.settings)
    edit(tables / "reasons" / "data.yaml", "vague: [check,", "vague: [just looking, check,")
    edit(tables / "reasons" / "data.yaml", "words:", "wordz:")
    assert (describe("Just looking"), describe("lookup")) == ((), ("vague",))
    edit(tables / "reasons" / "data.yaml", "wordz:", "words:")
    assert describe("Just looking") == ("vague",)


def test_a_table_is_looked_at_no_more_than_every_other_second(tmp_path):
    file, read = tmp_path / "data.yaml", []
    followed = FollowedTable(file, lambda: read.append(1) or len(read))
    file.write_text("changed")
    assert [followed.value(), followed.value(), len(read)] == [1, 1, 1]
