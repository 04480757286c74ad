"""Which addresses can only mean this machine, and sockets that end in time."""

import contextlib
import gc
import socket
import ssl
import struct
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.net import Deadline, connect, is_loopback, is_this_host, resolve


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "127.255.0.9", "::1", "::ffff:127.0.0.1"])
def test_what_can_only_mean_this_machine_is_loopback_and_this_host(host):
    assert is_loopback(host)
    assert is_this_host(host)


@pytest.mark.parametrize("host", [None, "", "0.0.0.0", "::", "10.0.0.1", "192.0.2.1", "2001:db8::1", "localhost.example", "127.1", "evil-127.0.0.1"])  # fmt: skip
def test_anything_else_is_not_taken_for_loopback(host):
    assert not is_loopback(host)


@given(st.integers(0, 2**32 - 1))
def test_of_all_ipv4_addresses_those_of_127_8_are_loopback_however_they_are_written(number):
    dotted = socket.inet_ntoa(number.to_bytes(4, "big"))
    assert is_loopback(dotted) == is_loopback(f"::ffff:{dotted}") == dotted.startswith("127.")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.1", "2130706433"])
def test_an_address_written_oddly_is_judged_by_what_it_resolves_to(host):
    assert is_this_host(host)


def test_the_machines_own_address_is_this_host_though_it_is_not_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a datagram socket sends nothing here; it only chooses where it would leave
        own = probe.getsockname()[0]
    assert is_this_host(own)


@pytest.mark.parametrize("host", ["192.0.2.1", "203.0.113.7", "2001:db8::1"])
def test_an_address_that_nobody_here_has_is_another_host(host):
    assert not is_this_host(host)


def test_a_name_is_judged_by_all_its_addresses(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("192.0.2.1", "127.0.0.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert is_this_host("witness.example")
    assert not is_loopback("witness.example")


def test_of_a_name_that_is_not_known_nobody_says_where_it_is():
    with pytest.raises(OSError, match=r"."):
        is_this_host("nowhere.invalid")


def test_a_name_is_looked_up_in_time(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(10))
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        resolve("slow.example", 443, Deadline(0.1))
    assert time.monotonic() - started < 5
    release.set()


def test_an_address_that_nobody_answers_at_leaves_time_for_the_next():
    with socket.create_server(("127.0.0.1", 0)) as server:
        good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())
        dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
        with connect([dead, good], Deadline(10)) as connection:
            assert connection.getpeername() == server.getsockname()


def test_no_read_or_write_outlasts_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())
        with connect([address], Deadline(0.2)) as connection:
            started = time.monotonic()
            with pytest.raises(TimeoutError):
                connection.recv_into(bytearray(1))
            with pytest.raises(TimeoutError):
                connection.sendall(b"late")
            assert time.monotonic() - started < 5


def test_a_handshake_that_never_ends_does_not_outlast_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())
        with pytest.raises(TimeoutError):
            connect([address], Deadline(0.2), tls=ssl.create_default_context(), name="localhost")


def test_a_deadline_says_what_is_left_until_nothing_is():
    assert 5 < Deadline(10).remaining() <= 10
    assert Deadline(-1).count_left() == 0
    with pytest.raises(TimeoutError):
        Deadline(0).remaining()


@pytest.mark.parametrize("tls", [None, ssl.create_default_context()])
def test_of_a_peer_that_is_gone_at_once_no_socket_is_left_open(tls):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())
        hanging_up = threading.Thread(target=_hang_up, args=(server, 50))
        hanging_up.start()
        for _ in range(50):
            with contextlib.suppress(OSError):
                connect([address], Deadline(5), tls=tls, name="localhost").close()
        hanging_up.join()
    gc.collect()  # a socket left open is a warning, which is an error


def _hang_up(server: socket.socket, times: int) -> None:
    """Takes so many connections and resets each."""
    for _ in range(times):
        connection, _address = server.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
