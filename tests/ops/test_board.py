"""Workers tell one another whether they are ready."""

import os

from gateway.ops.board import ReadinessBoard


def test_a_worker_that_never_posted_is_not_running():
    assert ReadinessBoard(["w0", "w1"]).states() == {"w0": "not running", "w1": "not running"}


def test_what_a_worker_posts_is_told_by_every_other_process():
    board = ReadinessBoard(["w0", "w1", "w2"])
    children, (posted, telling) = [], os.pipe()
    for name, ready in (("w0", True), ("w2", False)):
        children.append(os.fork())
        if children[-1] == 0:
            board.take(name)
            board.post(ready)
            os.write(telling, b".")
            os._exit(0)
        os.read(posted, 1)
    states = board.states()  # before the children end, for what was posted long ago is not believed
    for child in children:
        os.waitpid(child, 0)
    os.close(posted)
    os.close(telling)
    assert states == {"w0": "ready", "w1": "not running", "w2": "not ready"}


def test_who_took_no_cell_writes_none():
    board = ReadinessBoard(["w0"])
    board.post(True)
    assert board.states() == {"w0": "not running"}


def test_what_any_worker_warns_of_is_heard_by_all_and_after_its_end():
    board = ReadinessBoard(["w0", "w1"])
    child = os.fork()
    if child == 0:
        board.take("w1")
        board.warn(["the disk is low"])
        os._exit(0)
    os.waitpid(child, 0)
    board.take("w0")
    board.warn(["a sink is late", "the disk is low"])
    assert board.warnings() == ["a sink is late", "the disk is low"]


def test_more_warnings_than_the_cell_holds_are_told_as_far_as_they_fit():
    board = ReadinessBoard(["w0"])
    board.take("w0")
    board.warn([f"{number}: " + "x" * 1000 for number in range(20)])
    assert 0 < len(board.warnings()) < 20
