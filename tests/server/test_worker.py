"""Serving: proper requests, slow clients, limits, stopping."""

import contextlib
import http.client
import json
import os
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.server.conftest import read_to_end
from tests.server.hostile import GOOD, post

PID = GOOD.replace(b"/good", b"/pid")


def body_of(answer: bytes):
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_the_application_sees_the_target_and_every_header_as_they_were_sent(server):
    request = (
        b"GET /a/%2e%2e//b?plate=A%20B&x=+ HTTP/1.1\r\nHost: Gateway:8080\r\nAuthorization: one\r\n"
        b"X-CASE:  a, b \r\nauthorization: two\r\n\r\n"
    )
    method, target, headers, body, source = body_of(server.say(request))
    assert (method, target, body, source) == ("GET", "/a/%2e%2e//b?plate=A%20B&x=+", "", "127.0.0.1")
    assert headers == [
        ["host", "Gateway:8080"],
        ["authorization", "one"],
        ["x-case", "a, b"],
        ["authorization", "two"],
    ]


@pytest.mark.parametrize(
    "host", [b"gateway", b"GATEWAY.example:8080", b"127.0.0.1:1", b"[::1]:8080", b"[::1]", b"a_b.c"]
)
def test_any_proper_host_is_accepted(server, host):
    assert server.say(GOOD.replace(b"Host: gateway", b"Host: " + host)).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "habit",
    [
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA",
        b"Via: 1.1 proxy",
        b"X-Forwarded-For: 10.0.0.1",
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off",
        b"TE: trailers",
        b"X-Empty:",
    ],
)
def test_habits_of_clients_are_not_attacks(server, habit):
    answer = server.say(GOOD.replace(b"Host: gateway", b"Host: gateway\r\n" + habit))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_http_1_0_with_a_host_is_served_and_the_connection_ends(server):
    with server.connect() as connection:
        connection.sendall(GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert b"\r\nConnection: close\r\n" in read_to_end(connection)


def test_a_body_in_chunks_arrives_whole(server):
    request = post(b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n2;a=b\r\nde\r\n0\r\n\r\n")
    assert body_of(server.say(request))[3] == "abcde"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(100_000, 200), (100_001, 413), (3_000_000, 413)])
def test_a_body_passes_up_to_the_cap_and_above_it_the_client_hears_why(server, size, status, chunked):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    body = b"x" * size
    client.request("POST", "/size", body=iter([body]) if chunked else body, encode_chunked=chunked)
    answer = client.getresponse()
    text = answer.read()
    client.close()
    assert answer.status == status
    assert text.startswith(b"[" if status == 200 else b"request_too_large")


def test_a_client_that_expects_to_be_told_to_continue_is(server):
    with server.connect() as connection:
        connection.sendall(post(b"Content-Length: 2", b"Expect: 100-continue", b"Connection: close"))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert body_of(read_to_end(connection))[3] == "{}"


def test_an_answer_without_content_has_no_length(server):
    head = server.say(GOOD.replace(b"/good", b"/nothing"))
    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"content-length" not in head.lower()


def test_no_answer_names_a_version(server):
    for request in (GOOD, b"\r\n\r\n\r\n"):
        head = server.say(request).lower().partition(b"\r\n\r\n")[0].replace(b"http/1.1", b"")
        assert b"gunicorn/" not in head
        assert b"python" not in head


def test_a_kept_connection_serves_one_request_after_another(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    for number in range(5):
        client.request("POST", f"/{number}", body=b"{}")
        assert json.loads(client.getresponse().read())[1] == f"/{number}"
    client.close()


def test_more_kept_connections_than_threads_are_all_served(server_with):
    server = server_with("--threads", "2")
    clients = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=15) for _ in range(12)]
    for turn in range(3):
        for number, client in enumerate(clients):
            client.request("GET", f"/{turn}/{number}")
        assert [json.loads(client.getresponse().read())[1] for client in clients] == [
            f"/{turn}/{number}" for number in range(12)
        ]
    for client in clients:
        client.close()


def test_a_body_that_the_application_did_not_read_does_not_become_a_request(server):
    served = len(server.lines("served"))
    inner = GOOD.replace(b"/good", b"/inner")
    answer = server.say(post(b"Content-Length: %d" % len(inner), target=b"/unread", body=inner) + GOOD)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert [target for _, target, _ in server.lines("served")[served:]] == ["/good"]


def test_a_badly_chunked_body_that_nobody_read_gets_no_second_answer(server):
    answer = server.say(post(b"Transfer-Encoding: chunked", target=b"/unread", body=b"zz\r\n"))
    assert answer.count(b"HTTP/1.1 ") == 1


def test_clients_that_connect_and_say_nothing_hold_no_thread(server_with):
    server = server_with("--threads", "2")
    silent = [server.connect() for _ in range(20)]
    start = time.monotonic()
    assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")
    assert time.monotonic() - start < 2
    for connection in silent:
        connection.close()


def test_clients_that_never_close_hold_up_nobody(server_with):
    server = server_with("--threads", "2")
    answered = [server.connect() for _ in range(20)]
    for connection in answered:
        connection.sendall(GOOD.replace(b"Host", b"Connection: close\r\nHost"))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    start = time.monotonic()
    assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")
    assert time.monotonic() - start < 1
    for connection in answered:
        connection.close()


def test_a_client_that_never_closes_is_cut_off(server):
    with server.connect() as connection:
        connection.sendall(GOOD.replace(b"Host", b"Connection: close\r\nHost"))
        read_to_end(connection)
        server.wait_for(lambda: _is_reset(connection))


def _is_reset(connection) -> bool:
    try:
        connection.send(b"a")
    except OSError:
        return True
    return False


def test_a_client_that_said_nothing_for_long_is_served_when_it_speaks(server):
    with server.connect() as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(15)
        connection.sendall(GOOD)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("begun", "answer"),
    [
        (b"GET /zqXj7 HTTP/1.1\r\nHost: gateway\r\nA: ", b'"request_framing"'),
        (b"G", b'"request_framing"'),
        (post(b"Content-Length: 50000"), b"request_framing body_unreadable"),
        (post(b"Transfer-Encoding: chunked", body=b"ffff\r\n"), b"request_framing body_unreadable"),
    ],
    ids=["head", "first byte", "body", "chunk"],
)
def test_a_request_sent_byte_by_byte_is_refused_in_time(server_with, begun, answer):
    server = server_with("--limit-s", "0.5")
    with server.connect() as connection:
        start = time.monotonic()
        connection.sendall(begun)
        connection.settimeout(0.02)
        heard = b""
        while not heard:
            assert time.monotonic() - start < 5
            try:
                heard = connection.recv(65536)
            except TimeoutError:
                connection.sendall(b"a")
        connection.settimeout(15)
        heard += read_to_end(connection)
        assert heard.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer in heard
        assert time.monotonic() - start >= 0.4


def test_a_client_that_does_not_read_its_answer_is_let_go(server_with):
    server = server_with("--limit-s", "0.5", "--threads", "1")
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", server.port))
        deaf.sendall(GOOD.replace(b"/good", b"/large"))
        server.wait_for(lambda: server.lines("served"))
        assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")


def test_connections_that_come_at_once_are_spread_over_the_workers(server_with):
    server = server_with("--workers", "2", "--limit-s", "60")
    server.wait_for(lambda: len({body_of(server.say(PID)) for _ in range(4)}) == 2)
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(16)]
        for connection in connections:
            connection.sendall(PID)
        held = Counter(body_of(connection.recv(65536)) for connection in connections)
    assert len(held) == 2
    assert min(held.values()) >= 6


def test_a_stop_finishes_the_requests_in_hand_and_closes_the_service(server_with):
    server = server_with("--workers", "2")
    idle = server.connect()
    with ThreadPoolExecutor(3) as pool:
        slow = GOOD.replace(b"/good", b"/slow/2")
        answers = [pool.submit(server.say, slow) for _ in range(3)]
        server.wait_for(lambda: len(server.lines("served")) == 3)
        server.signal(signal.SIGTERM)
        assert all(answer.result(40).startswith(b"HTTP/1.1 200 OK\r\n") for answer in answers)
        assert server.ended(40) == 0
    assert len(server.lines("stopped")) == 2
    idle.close()


def test_a_connection_that_was_just_made_when_the_worker_stops_is_still_served(server_with):
    server = server_with()
    server.say(GOOD)
    with server.connect() as kept, server.connect() as new:
        kept.sendall(GOOD)
        assert kept.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        server.signal(signal.SIGTERM)
        assert kept.recv(65536) == b""  # whoever was served before is let go: that is when the stop has begun
        new.sendall(GOOD)
        answer = read_to_end(new)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close" in answer.lower()
    assert server.ended(10) == 0


def test_a_stop_ends_in_time_whatever_is_in_hand(server_with):
    server = server_with()
    with server.connect() as connection:
        connection.sendall(GOOD.replace(b"/good", b"/slow/60"))
        server.wait_for(lambda: server.lines("served"))
        start = time.monotonic()
        server.signal(signal.SIGTERM)
        server.ended(50)
        assert time.monotonic() - start < 50
    assert len(server.lines("stopped")) == 1


def test_a_worker_that_dies_is_replaced(server_with):
    server = server_with()
    first = server.wait_for(lambda: _worker_pids(server))[0]
    os.kill(first, signal.SIGKILL)
    server.wait_for(lambda: len(_worker_pids(server)) == 2)
    assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")


def _worker_pids(server) -> list[int]:
    messages = [json.loads(line).get("message", "") for line in list(server.log)]
    return [int(message.rpartition(" ")[2]) for message in messages if message.startswith("Booting worker")]


def test_every_line_on_standard_error_is_one_json_object(server_with):
    server = server_with()
    server.say(GOOD)
    server.signal(signal.SIGTERM)
    server.ended(15)
    lines = [json.loads(line) for line in server.log]
    assert {"time", "level", "event", "message"} <= set(lines[0])
    assert not any("/good" in line for line in server.log)


def test_no_socket_but_the_one_asked_for_is_opened(server):
    listening = Path(f"/proc/{server.pid}/net/unix").read_text() + Path(f"/proc/{server.pid}/net/tcp").read_text()
    assert f"0100007F:{server.port:04X} 00000000:0000 0A" in listening
    assert "gunicorn.ctl" not in listening


def test_while_one_vendor_hangs_and_many_clients_stall_others_are_served_and_health_is_told(server_with):
    server = server_with("--threads", "6", "--vendors", "2")
    hanging = [server.connect() for _ in range(20)]
    for connection in hanging:
        connection.sendall(GOOD.replace(b"/good", b"/slow/hanging/60"))
    stalling = [server.connect() for _ in range(50)]
    for number, connection in enumerate(stalling):
        connection.sendall([b"GET / HT", post(b"Content-Length: 5000", body=b"{")][number % 2])
    server.wait_for(lambda: len(server.lines("served")) == 2)
    start = time.monotonic()
    for _ in range(20):
        assert server.say(GOOD.replace(b"/good", b"/slow/other/0")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert server.say(GOOD.replace(b"/good", b"/health")).endswith(b"alive")
    assert time.monotonic() - start < 5
    assert len([line for line in server.lines("served") if line[1] == "/slow/hanging/60"]) == 2
    for connection in hanging + stalling:
        connection.close()


def test_health_is_told_although_every_thread_is_taken(server_with):
    server = server_with("--threads", "1")
    with server.connect() as connection:
        connection.sendall(GOOD.replace(b"/good", b"/slow/60"))
        server.wait_for(lambda: server.lines("served"))
        assert server.say(GOOD.replace(b"/good", b"/health") * 2000).count(b"\r\n\r\nalive") == 2000


def test_to_a_head_request_the_answers_length_is_told_and_no_body_sent(server):
    head, _, body = server.say(GOOD.replace(b"GET", b"HEAD")).partition(b"\r\n\r\n")
    assert b"Content-Length: 0" not in head
    assert body == b""


def test_a_thousand_requests_in_a_row_on_one_connection_are_answered_in_their_order(server):
    data = b"".join(GOOD.replace(b"/good", b"/n%d" % number) for number in range(1000))
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = read_to_end(connection)
    assert [int(part.split(b'"')[0]) for part in answer.split(b'"/n')[1:]] == list(range(1000))


def test_a_worker_that_finds_no_room_on_the_disk_refuses_at_once_and_is_followed_by_others_until_there_is(server_with):
    server = server_with("--starts-without-room", "3")
    asked = b"GET /pid HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n"
    refused = server.say(asked)
    assert (refused[:13], refused[-23:]) == (b"HTTP/1.1 503 ", b"No space left on device")
    (server.directory / "tried-again").touch()
    server.wait_for(lambda: server.say(asked).startswith(b"HTTP/1.1 200 "))
    failures = [line for line in server.log if "worker_failed" in line]
    assert len(failures) == 3
    assert all("No space left on device" in line for line in failures)
