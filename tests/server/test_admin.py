"""The operators' listener, spoken to over plain sockets."""

import contextlib
import socket
import threading

import pytest

from gateway.errors import ConfigurationError
from gateway.model import Answer
from gateway.server.admin import AdminListener, listen


def answer_hello(asked) -> Answer:
    body = f"{asked.query}|{asked.headers.get('if-none-match')}".encode()
    return Answer(status=200, headers=(("Content-Type", "text/plain"),), body=body)


def fail(_asked) -> Answer:
    raise RuntimeError("SECRET")


@pytest.fixture
def at():
    """The address of a listener with a few routes; `gate` lets its waiting one go."""
    gate = threading.Event()

    def wait(_asked) -> Answer:
        gate.wait(20)
        return Answer(status=200, headers=(), body=b"waited")

    with contextlib.closing(listen("127.0.0.1:0")) as sock:
        admin = AdminListener(sock, {"/hello": answer_hello, "/fail": fail, "/wait": wait})
        admin.start()
        yield sock.getsockname(), gate
        gate.set()
        admin.stop()


def say(address, text: str) -> bytes:
    with socket.create_connection(address, 10) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_listed_path_is_answered_with_its_query_and_headers(at):
    told = say(at[0], "GET /hello?a=1 HTTP/1.1\r\nHost: x\r\nIf-None-Match: tag\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 200 ")
    assert told.endswith(b"\r\n\r\na=1|tag")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET /SECRET HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
        ("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nSECRET", b"501"),
        ("GET /fail HTTP/1.1\r\nHost: x\r\n\r\n", b"500"),
        ("SECRET\r\n\r\n", b"400"),
        ("GET /hello HTTP/1.1\r\n" + "SECRET: x\r\n" * 200 + "\r\n", b"431"),
    ],
)
def test_what_is_not_served_is_told_by_its_status_without_a_byte_of_the_request(at, request_, status):
    told = say(at[0], request_)
    assert status in told.split(b"\r\n")[0]
    assert told.endswith(b"\r\n\r\n")
    assert b"SECRET" not in told


def test_a_body_is_never_taken_for_a_next_request(at):
    told = say(
        at[0], "GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nGET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert told.count(b"HTTP/1.1 ") == 1


def test_one_that_waits_holds_up_nobody(at):
    address, gate = at
    with socket.create_connection(address, 10) as waiting:
        waiting.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        assert say(address, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        gate.set()
        assert b"waited" in waiting.recv(65536)


def test_an_address_that_cannot_be_had_is_a_mistake_in_the_settings():
    with contextlib.closing(listen("127.0.0.1:0")) as sock, pytest.raises(ConfigurationError, match=r"\[admin\] bind"):
        listen(f"127.0.0.1:{sock.getsockname()[1]}")


def test_the_same_socket_serves_two_listeners_as_two_workers_do():
    with contextlib.closing(listen("127.0.0.1:0")) as sock:
        both = [AdminListener(sock, {"/hello": answer_hello}) for _ in range(2)]
        for one in both:
            one.start()
        for _ in range(20):
            assert b" 200 " in say(sock.getsockname(), "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        both[0].stop()
        assert b" 200 " in say(sock.getsockname(), "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        both[1].stop()
