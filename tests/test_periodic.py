import threading
from functools import partial

import pytest

from gateway.periodic import PeriodicTask

LONG_S = 20


@pytest.fixture
def make():
    """Makes tasks that end with the test."""
    made = []

    def begin(act, *, every_s=0.001, tell=lambda _error: None, at_once=False):
        made.append(PeriodicTask("task", act, every_s=every_s, tell=tell, at_once=at_once))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        one.end()


def test_it_acts_again_and_again(make):
    rounds = threading.Semaphore(0)
    make(rounds.release)
    assert all(rounds.acquire(timeout=LONG_S) for _ in range(3))


def test_a_round_that_fails_is_told_and_the_next_one_comes(make):
    told, rounds = [], threading.Semaphore(0)

    def fail():
        rounds.release()
        raise ValueError("no")

    make(fail, tell=told.append)
    assert all(rounds.acquire(timeout=LONG_S) for _ in range(3))
    assert {type(error) for error in told} == {ValueError}


def test_what_goes_on_failing_is_told_once_a_minute_and_another_failure_at_once(make, monkeypatch):
    at, told, rounds = [0.0], [], threading.Semaphore(0)
    monkeypatch.setattr("gateway.periodic.time.monotonic", lambda: at[0])
    faults = [ValueError("no")]

    def fail():
        rounds.release()
        raise faults[0]

    def act_twice():  # when the second begins, all of the first is over, which began after what was changed before
        while rounds.acquire(blocking=False):
            pass
        assert all(rounds.acquire(timeout=LONG_S) for _ in range(2))

    make(fail, tell=told.append)
    act_twice()
    assert len(told) == 1
    faults[0] = KeyError("another")
    act_twice()
    assert len(told) == 2
    at[0] = 61.0
    act_twice()
    assert len(told) == 3


def test_it_begins_at_once_only_where_it_is_to(make):
    acted = threading.Event()
    make(acted.set, every_s=3600, at_once=True)
    assert acted.wait(LONG_S)
    waiting = threading.Event()
    assert make(waiting.set, every_s=3600).end()
    assert not waiting.is_set()


def test_after_its_end_nothing_is_begun_and_nothing_runs(make):
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def act():
        entered.set()
        leave.wait(LONG_S)
        left.set()

    task = make(act)
    assert entered.wait(LONG_S)
    threading.Timer(0.05, leave.set).start()
    assert task.end()
    assert left.is_set()


def test_an_end_waits_no_longer_than_it_is_told(make):
    entered, leave = threading.Event(), threading.Event()

    def act():
        entered.set()
        leave.wait(LONG_S)

    task = make(act)
    assert entered.wait(LONG_S)
    assert task.end(within_s=0.01)
    leave.set()


def test_what_was_never_started_has_nothing_to_end():
    assert PeriodicTask("task", partial(int), every_s=1, tell=print).end() is False
