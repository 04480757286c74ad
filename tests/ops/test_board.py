"""Workers tell one another whether they are ready."""

import os

from gateway.ops.board import ReadinessBoard


def test_a_worker_that_never_posted_is_not_running():
    assert ReadinessBoard(["w0", "w1"]).states() == {"w0": "not running", "w1": "not running"}


def test_what_a_worker_posts_is_told_by_every_other_process():
    board = ReadinessBoard(["w0", "w1", "w2"])
    for name, ready in (("w0", True), ("w2", False)):
        child = os.fork()
        if child == 0:
            board.take(name)
            board.post(ready)
            os._exit(0)
        os.waitpid(child, 0)
    assert board.states() == {"w0": "ready", "w1": "not running", "w2": "not ready"}


def test_who_took_no_cell_writes_none():
    board = ReadinessBoard(["w0"])
    board.post(True)
    assert board.states() == {"w0": "not running"}
