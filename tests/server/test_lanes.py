"""Threads are shared out: nobody who is slow holds more than their share, and what waits too long is told."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.server.lanes import Job, Lanes, Shares, share_out


class Crowd:
    """Jobs that wait for their gate; `running` and `done` say who holds a thread and who had one."""

    def __init__(self, shares: Shares) -> None:
        self.lanes = Lanes(shares, lambda: self.begun.append(threading.current_thread().name))
        self.begun: list[str] = []
        self.changed = threading.Condition()
        self.running: list[tuple[str, str]] = []
        self.done: list[tuple[str, str, bool]] = []
        self.lanes.start()

    def add(self, lane: str, sender: str, gate: threading.Event | None = None) -> None:
        def run(is_overdue: bool) -> None:
            with self.changed:
                self.running.append((lane, sender))
                self.changed.notify_all()
            if gate is not None and not is_overdue:
                gate.wait(20)
            with self.changed:
                self.running.remove((lane, sender))
                self.done.append((lane, sender, is_overdue))
                self.changed.notify_all()

        self.lanes.submit(Job(lane, sender, run))

    def wait(self, condition) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, 20)


@pytest.fixture
def gate():
    event = threading.Event()
    yield event
    event.set()


def test_every_thread_has_begun_before_any_job_is_taken():
    crowd = Crowd(Shares(threads=5, lane=2, sender=2))
    assert len(crowd.begun) == 5


def test_a_vendor_that_hangs_holds_no_more_than_its_share(gate):
    crowd = Crowd(Shares(threads=4, lane=2, sender=2))
    for number in range(20):
        crowd.add("hanging", f"person {number}", gate)
    for number in range(20):
        crowd.add("quick", f"person {number}")
    crowd.wait(lambda: len(crowd.done) == 20)
    assert {lane for lane, _, _ in crowd.done} == {"quick"}
    assert crowd.running == [("hanging", "person 0"), ("hanging", "person 1")]


def test_a_sender_holds_no_more_than_theirs_of_a_vendors(gate):
    crowd = Crowd(Shares(threads=4, lane=3, sender=2))
    for _ in range(10):
        crowd.add("vendor", "busy", gate)
    crowd.add("vendor", "other")
    crowd.wait(lambda: crowd.done == [("vendor", "other", False)])
    assert len(crowd.running) == 2


def test_what_waited_is_taken_in_its_order(gate):
    crowd = Crowd(Shares(threads=2, lane=1, sender=1))
    crowd.add("vendor", "first", gate)
    for name in ("second", "third", "fourth"):
        crowd.add("vendor", name)
    gate.set()
    crowd.wait(lambda: len(crowd.done) == 4)
    assert [sender for _, sender, _ in crowd.done] == ["first", "second", "third", "fourth"]


def test_what_waits_too_long_is_run_to_be_refused_while_its_vendor_still_hangs(gate):
    crowd = Crowd(Shares(threads=3, lane=1, sender=1, wait_s=0.0))
    crowd.add("vendor", "hanging", gate)
    crowd.wait(lambda: len(crowd.running) == 1)
    crowd.add("vendor", "late")
    crowd.lanes.expire()
    crowd.wait(lambda: crowd.done == [("vendor", "late", True)])


def test_a_job_that_fails_gives_its_thread_back():
    crowd = Crowd(Shares(threads=1, lane=1, sender=1))

    def fail(_is_overdue: bool) -> None:
        raise RuntimeError

    crowd.lanes.submit(Job("vendor", "a", fail))
    crowd.add("vendor", "b")
    crowd.wait(lambda: crowd.done == [("vendor", "b", False)])


@given(st.integers(1, 64), st.integers(1, 12))
def test_however_many_vendors_hang_one_share_is_left_wherever_there_are_threads_enough(threads, vendors):
    shares = share_out(threads, vendors)
    assert 1 <= shares.sender <= shares.lane <= threads
    assert threads <= vendors or shares.lane * vendors < threads


def test_a_thread_goes_on_with_another_senders_job_only_within_their_share_and_before_nobody(gate):
    crowd, taken = Crowd(Shares(threads=4, lane=3, sender=1)), []
    crowd.add("vendor", "busy", gate)
    crowd.wait(lambda: len(crowd.running) == 1)

    def go_on(_is_overdue):
        taken.extend((crowd.lanes.take_over("vendor", "busy"), crowd.lanes.take_over("vendor", "free")))
        crowd.add("vendor", "busy", gate)  # waits for the first
        taken.append(crowd.lanes.take_over("vendor", "third"))
        crowd.add("vendor", "first", None)

    crowd.lanes.submit(Job("vendor", "first", go_on))
    crowd.wait(lambda: len(taken) == 3 and ("vendor", "first", False) in crowd.done)
    assert taken == [False, True, False]
    gate.set()
    crowd.wait(lambda: len(crowd.done) == 3)
