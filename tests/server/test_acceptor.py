"""What a worker takes from the listener: its share at once, and what a busy worker leaves after a moment."""

import socket
import time

import pytest

from gateway.server.acceptor import Acceptor
from gateway.server.connection_counts import ConnectionCounts


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        yield listening


def arrive(listener, number):
    return [socket.create_connection(listener.getsockname()) for _ in range(number)]


def take(acceptor, held=0):
    """Takes what it may, each counted before the next."""
    taken = []
    for connection, _address in acceptor.take_share(time.monotonic()):
        taken.append(connection)
        acceptor.count(held + len(taken))
    return taken


def end(*connections):
    for connection in connections:
        connection.close()


def test_who_is_alone_takes_all_that_waits(listener):
    acceptor, clients = Acceptor(listener, ConnectionCounts(1)), arrive(listener, 5)
    acceptor.note_arrival()
    taken = take(acceptor)
    assert (len(taken), acceptor.is_waited_for) == (5, False)
    end(*taken, *clients)


def test_a_connection_is_left_to_who_holds_fewer_for_a_moment_and_then_taken_one_by_one(listener):
    counts = ConnectionCounts(2)
    counts.take(1)
    counts.post(0)
    counts.take(0)
    acceptor, clients = Acceptor(listener, counts), arrive(listener, 3)
    acceptor.note_arrival()
    began = time.monotonic()
    taken = take(acceptor)
    assert (len(taken), acceptor.is_waited_for) == (1, True), "as many as the other, and then one more"
    while len(taken) < 3:
        taken += take(acceptor, len(taken))
    assert time.monotonic() - began > 0.003, "twice two thousandths of a second"
    assert take(acceptor, len(taken)) == []
    end(*taken, *clients)


def test_one_that_another_worker_took_meanwhile_is_waited_for_no_longer(listener):
    acceptor, clients = Acceptor(listener, ConnectionCounts(1)), arrive(listener, 1)
    acceptor.note_arrival()
    other, _address = listener.accept()
    assert take(acceptor) == []
    assert not acceptor.is_waited_for
    end(other, *clients)
