"""Whose turn it is."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.turns import Turn

LONG_S = 20.0


def test_of_the_threads_that_work_one_works_at_a_time():
    turn, inside, most = Turn(LONG_S), [], []

    def work(number: int) -> None:
        with turn.work():
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(500)))
    assert set(most) == {1}
    assert len(most) == 500


def test_whoever_waits_for_the_world_lets_another_work_and_then_goes_on():
    turn, worked, done = Turn(LONG_S), threading.Event(), []

    def work() -> None:
        with turn.work():
            worked.set()

    with turn.work():
        other = threading.Thread(target=work)
        other.start()
        with turn.wait():
            assert worked.wait(LONG_S)
        done.append("after")
    other.join(LONG_S)
    assert done == ["after"]


def test_waiting_without_the_turn_takes_nothing_and_gives_nothing():
    turn = Turn(LONG_S)
    with turn.wait():
        pass
    with ThreadPoolExecutor(1) as pool, turn.work():
        waited = pool.submit(lambda: turn.wait().__enter__() is None)
        assert waited.result(LONG_S)


def test_whoever_does_not_get_it_soon_works_without_it():
    turn, release, has_it = Turn(0.01), threading.Event(), threading.Event()

    def hold() -> None:
        with turn.work():
            has_it.set()
            release.wait(LONG_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert has_it.wait(LONG_S)
    with turn.work(), turn.wait():
        assert holder.is_alive()
    release.set()
    holder.join(LONG_S)


def test_nobody_waits_again_for_one_who_is_stuck_until_it_gives_the_turn_back():
    turn = Turn(0.01)
    release, has_it = threading.Event(), threading.Event()

    def hold() -> None:
        with turn.work():
            has_it.set()
            release.wait(LONG_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert has_it.wait(LONG_S)
    with turn.work():
        pass
    turn._patience_s = LONG_S  # whoever waited now would wait so long
    with turn.work():
        assert holder.is_alive()
    release.set()
    holder.join(LONG_S)
    with turn.work(), pytest.raises(ZeroDivisionError), turn.wait():
        raise ZeroDivisionError


def test_it_comes_to_those_who_asked_in_their_order():
    turn, order, asked = Turn(LONG_S), [], threading.Semaphore(0)

    def work(number: int) -> None:
        asked.release()
        with turn.work():
            order.append(number)

    threads = []
    with turn.work():
        for number in range(6):
            thread = threading.Thread(target=work, args=(number,))
            thread.start()
            assert asked.acquire(timeout=LONG_S)
            while len(turn._line) <= number:
                threading.Event().wait(0.001)
            threads.append(thread)
    for thread in threads:
        thread.join(LONG_S)
    assert order == list(range(6))
