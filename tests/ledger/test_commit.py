import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from gateway.errors import Refusal
from gateway.ledger.commit import GroupCommit
from tests.ledger.ledgers import together

DEADLINE_S = 10


class ListWriter:
    """Writes into a list; can be held up, and made to fail."""

    def __init__(self):
        self.written, self.batches, self.ended = [], [], []
        self.go, self.entered = threading.Event(), threading.Event()
        self.go.set()
        self.failure = None

    def write(self, items):
        self.entered.set()
        assert self.go.wait(DEADLINE_S)
        if self.failure is not None:
            raise self.failure
        self.batches.append(len(items))
        self.written += items
        return [f"done {item}" for item in items]

    def commit(self, wait_s=5.0):
        return GroupCommit(
            self.write, lambda late: [f"after {item}" for item in late], self.ended.append, wait_s=wait_s
        )


def until(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, "the condition did not come true in time"
        time.sleep(0.001)


def refused(group, item, results):
    try:
        results[item] = group.commit(item)
    except Refusal as refusal:
        results[item] = refusal.reason.value


def test_each_caller_gets_the_result_of_its_own_record_which_is_written_once():
    writer = ListWriter()
    group = writer.commit()
    results = {}

    def work(number):
        for turn in range(50):
            results[number, turn] = group.commit((number, turn))

    together(8, work)
    assert results == {item: f"done {item}" for item in writer.written}
    assert len(writer.written) == 400 == len(set(writer.written))


def test_while_one_batch_is_written_the_next_gathers_and_is_written_as_one():
    writer = ListWriter()
    writer.go.clear()
    group, results = writer.commit(), {}
    threads = [threading.Thread(target=refused, args=(group, number, results)) for number in range(5)]
    threads[0].start()
    assert writer.entered.wait(DEADLINE_S)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(group._waiting) == 4)
    writer.go.set()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert writer.batches == [1, 4]
    assert results == {number: f"done {number}" for number in range(5)}


def test_a_caller_that_gave_up_before_its_record_was_taken_leaves_no_record():
    writer = ListWriter()
    writer.go.clear()
    group, results = writer.commit(wait_s=0.3), {}
    leader = threading.Thread(target=refused, args=(group, "first", results))
    leader.start()
    assert writer.entered.wait(DEADLINE_S)
    refused(group, "second", results)
    assert results == {"second": "audit_unavailable"}
    writer.go.set()
    leader.join(DEADLINE_S)
    assert "second" not in writer.written


def test_a_leader_whose_write_took_too_long_is_refused_and_what_follows_says_so():
    writer = ListWriter()
    writer.go.clear()
    group, results = writer.commit(wait_s=0.05), {}
    leader = threading.Thread(target=refused, args=(group, "first", results))
    leader.start()
    until(lambda: time.monotonic() - group._batch_began > 0.06)
    writer.go.set()
    leader.join(DEADLINE_S)
    assert results == {"first": "audit_unavailable"}
    assert writer.written == ["first", "after first"]


def test_a_caller_that_gave_up_while_its_record_was_written_is_refused_and_the_record_is_there_once():
    writer = ListWriter()
    group, results, gates = writer.commit(wait_s=0.5), {}, [threading.Event(), threading.Event()]
    entered = []

    def write(items, gates=gates):
        entered.append(list(items))
        if len(entered) <= len(gates):
            assert gates[len(entered) - 1].wait(DEADLINE_S)
        writer.written += items
        return [f"done {item}" for item in items]

    group._write = write
    threads = {name: threading.Thread(target=refused, args=(group, name, results)) for name in ("1st", "2nd", "3rd")}
    for number, thread in enumerate(threads.values()):
        thread.start()
        until(lambda number=number: len(entered) == 1 and len(group._waiting) == number)
    gates[0].set()  # the second leads a batch with the third in it, and is held up until both are too late
    threads["3rd"].join(DEADLINE_S)
    assert results == {"1st": "done 1st", "3rd": "audit_unavailable"}
    gates[1].set()
    threads["2nd"].join(DEADLINE_S)
    assert results["2nd"] == "audit_unavailable"
    assert writer.written == ["1st", "2nd", "3rd", "after 2nd", "after 3rd"]


def test_while_a_write_is_stalled_newcomers_are_refused_at_once():
    writer = ListWriter()
    writer.go.clear()
    group, results = writer.commit(wait_s=0.2), {}
    leader = threading.Thread(target=refused, args=(group, "first", results))
    leader.start()
    until(lambda: group._led and time.monotonic() - group._batch_began > 0.25)
    began = time.monotonic()
    refused(group, "second", results)
    assert time.monotonic() - began < 0.15
    assert results["second"] == "audit_unavailable"
    writer.go.set()
    leader.join(DEADLINE_S)


def test_after_an_error_everybody_is_refused_for_ever_and_it_is_told_once():
    writer = ListWriter()
    group, results = writer.commit(), {}
    writer.failure = OSError(5, "input/output error")
    refused(group, "first", results)
    writer.failure = None
    refused(group, "second", results)
    assert results == {"first": "audit_unavailable", "second": "audit_unavailable"}
    assert writer.written == []
    assert [type(error) for error in writer.ended] == [OSError]


def test_those_waiting_when_an_error_comes_are_refused_too():
    writer = ListWriter()
    writer.go.clear()
    group, results = writer.commit(), {}
    threads = [threading.Thread(target=refused, args=(group, number, results)) for number in range(4)]
    threads[0].start()
    assert writer.entered.wait(DEADLINE_S)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(group._waiting) == 3)
    writer.failure = OSError(28, "no space left")
    writer.go.set()
    for thread in threads:
        thread.join(DEADLINE_S)
    assert set(results.values()) == {"audit_unavailable"}
    assert len(results) == 4


def test_after_close_nothing_is_taken():
    writer = ListWriter()
    group = writer.commit()
    group.commit("a")
    assert group.close()
    with pytest.raises(Refusal):
        group.commit("b")
    assert writer.written == ["a"]


def test_many_that_come_one_upon_the_other_are_each_told_once_and_nobody_waits_for_long():
    written: list[int] = []

    def write(batch):
        written.extend(batch)
        return list(batch)

    commit: GroupCommit[int, int] = GroupCommit(write, lambda _late: [], lambda _error: None, wait_s=20.0)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # as often as can be: between any two steps another may lead
    try:
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(commit.commit, range(4000)))
    finally:
        sys.setswitchinterval(before)
    assert told == list(range(4000))
    assert sorted(written) == told


def test_whoever_is_made_a_leader_before_it_began_to_wait_writes_its_record_and_is_told(monkeypatch):
    entered, go, first = threading.Event(), threading.Event(), []

    def write(batch):
        entered.set()
        assert go.wait(DEADLINE_S)
        return list(batch)

    class SlowToWait:
        @contextmanager
        def wait(self):
            if entered.is_set():  # the second: by the time it waits, the first has handed the lead on and is gone
                go.set()
                assert first[0].result(DEADLINE_S) == 1
            yield

    monkeypatch.setattr("gateway.ledger.commit.TURN", SlowToWait())
    commit: GroupCommit[int, int] = GroupCommit(write, lambda _late: [], lambda _error: None, wait_s=DEADLINE_S)
    with ThreadPoolExecutor(2) as pool:
        first.append(pool.submit(commit.commit, 1))
        assert entered.wait(DEADLINE_S)
        assert pool.submit(commit.commit, 2).result(DEADLINE_S) == 2
    assert commit.close()
