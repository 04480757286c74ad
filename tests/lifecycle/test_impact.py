from collections import Counter

import pytest

from gateway.errors import ConfigurationError
from gateway.lifecycle.impact import find_failed, sum_up
from gateway.lifecycle.replay import Change, ReplayedChunk


def change(kind, number, *reasons, office="BAL", purpose="p", user="u1"):
    return Change(kind=kind, reasons=reasons, decision_id=f"d{number:03}", user_id=user, purpose=purpose, office=office,
                  component="ERO")  # fmt: skip


def report(*changes, replayed=100, not_reproduced=None):
    chunk = ReplayedChunk(replayed=replayed, not_reproduced=Counter(not_reproduced or {}), changes=list(changes))
    return sum_up(chunk, current="a", candidate="b", changes=[], since=None, sample=1, engine="embedded", seconds=2)


def test_persons_are_counted_once_a_kind_and_group_and_never_named():
    found = report(
        *(change("newly_denied", number, "r", user="u17") for number in range(5)), change("newly_denied", 9, "r")
    )
    assert found.persons["newly_denied"] == 2
    assert found.groups["office"][0].persons == 2
    assert "u17" not in str(found.document())


def test_a_decision_with_two_reasons_counts_under_each():
    found = report(change("newly_denied", 1, "x", "y"), change("newly_denied", 2, "x"))
    assert [(row.value, row.newly_denied) for row in found.groups["reason"]] == [("x", 2), ("y", 1)]


def test_all_numbers_add_up():
    found = report(change("newly_denied", 1, "x"), change("newly_allowed", 2, "y"), not_reproduced={"why": 3})
    assert found.unchanged + found.newly_denied + found.newly_allowed == found.replayed == 100
    assert (found.not_reproduced, found.not_reproduced_why) == (3, {"why": 3})


def test_examples_are_the_first_ids_in_order_and_few():
    found = report(*(change("newly_denied", number, "r") for number in range(30, 0, -1)))
    assert found.examples["newly_denied"] == tuple(f"d{number:03}" for number in range(1, 11))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [("newly_denied>0", True), ("newly_denied > 1", False), ("newly_allowed>=0", True), ("not_reproduced!=0", False)],
)
def test_a_condition_is_judged_by_its_number(condition, holds):
    assert bool(find_failed(report(change("newly_denied", 1, "x")), [condition])) is holds


@pytest.mark.parametrize(
    "condition", ["", "newly_denied", "denied>0", "newly_denied>x", "newly_denied>0; newly_allowed>0"]
)
def test_a_condition_that_cannot_be_read_is_refused(condition):
    with pytest.raises(ConfigurationError, match="write it like"):
        find_failed(report(), [condition])
