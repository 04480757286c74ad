"""What the HTTP server itself refuses: answered in the one shape, recorded, never echoed, never served."""

import json

import pytest

from gateway.server.framing_causes import CAUSES
from tests.server.conftest import read_to_end
from tests.server.hostile import EMPTY, GOOD, REQUESTS, post


def told(answer: bytes) -> tuple[bytes, dict]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, json.loads(body)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_is_refused_recorded_and_not_echoed(server, name):
    request, note = REQUESTS[name]
    before, served = len(server.lines("refused")), server.lines("served")
    head, body = told(server.say(request))
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Content-Type: application/problem+json" in head.split(b"\r\n")
    assert b"Connection: close" in head.split(b"\r\n")
    [reason] = body["reasons"]
    assert (reason["code"], reason["fix"].endswith(CAUSES[note])) == ("request_framing", True)
    assert server.lines("refused")[before:] == [["request_framing", "127.0.0.1", note]]
    assert not any("zqXj7" in text for text in (head.decode(), json.dumps(body), *server.log))
    assert server.lines("served") == served


@pytest.mark.parametrize(
    ("begun", "more", "note"),
    [
        (b"GET /", b"a", "request_line_too_long"),
        (b"GET / HTTP/1.1\r\nHost: gateway\r\n", b"A: zqXj7\r\n", "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: gateway\r\nA: ", b"a", "headers_too_large"),
    ],
)
def test_a_head_without_end_is_cut_off(server, begun, more, note):
    before = len(server.lines("refused"))
    with server.connect() as connection:
        connection.sendall(begun)
        with pytest.raises(ConnectionError):
            connection.sendall(more * 50_000_000)
    assert server.lines("refused")[before:] == [["request_framing", "127.0.0.1", note]]


def test_every_refusal_for_one_cause_is_the_same_but_for_its_id(server):
    sent = list(REQUESTS.values())[:10]
    answers = [told(server.say(request))[1] for request, _ in sent]
    assert len({json.dumps({**answer, "instance": ""}) for answer in answers}) == len({note for _, note in sent})
    assert len({answer["instance"] for answer in answers}) == 10


def test_what_follows_a_refused_request_on_the_connection_is_not_read(server):
    served = len(server.lines("served"))
    answer = server.say(REQUESTS["length and chunks"][0] + GOOD.replace(b"/good", b"/after"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(server.lines("served")) == served


BAD_BODIES = {
    "a chunk size that is none": b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative chunk size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a chunk size in 0x form": b"0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk size with an underscore": b"0_2\r\n{}\r\n0\r\n\r\n",
    "a chunk longer than it says": b"2\r\n{}{}\r\n0\r\n\r\n",
    "a chunk line with a bare line feed": b"2\n{}\r\n0\r\n\r\n",
    "a chunk extension with a bare carriage return": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "no last chunk": b"2\r\n{}\r\n",
    "a chunk cut short": b"5\r\n{}",
    "a trailer that sets a length": b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
    "a trailer that sets a credential": b"2\r\n{}\r\n0\r\nAuthorization: zqXj7\r\n\r\n",
    "a folded trailer": b"2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n",
    "trailers cut short": b"2\r\n{}\r\n0\r\nA: b\r\n",
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_is_badly_chunked_is_refused_and_ends_the_connection(server, name):
    served = len(server.lines("served"))
    answer = server.say(post(b"Transfer-Encoding: chunked", body=BAD_BODIES[name] + GOOD))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"\r\n\r\nrequest_framing body_unreadable")
    assert len(server.lines("served")) == served


def test_a_body_shorter_than_its_length_is_refused(server):
    assert server.say(post(b"Content-Length: 10", body=b"{}")).endswith(b"request_framing body_truncated")


def test_a_refusal_that_cannot_be_recorded_is_told_as_such(server_with):
    server = server_with("--cannot-record")
    head, body = told(server.say(REQUESTS["no Host"][0]))
    assert head.startswith(b"HTTP/1.1 503 ")
    assert body["reasons"][0]["code"] == "audit_unavailable"
    assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("target", [b"/crash", b"/bad-answer"])
def test_a_failure_of_the_application_is_told_without_its_text(server, target):
    head, body = told(server.say(GOOD.replace(b"/good", target)))
    assert head.startswith(b"HTTP/1.1 500 ")
    assert body["reasons"][0]["code"] == "internal_error"
    assert server.lines("refused")[-1] == ["internal_error", "127.0.0.1", "unforeseen"]
    assert not any("SECRET" in text for text in (json.dumps(body), head.decode(), *server.log))


def test_a_client_that_leaves_in_the_middle_of_the_head_is_neither_answered_nor_logged(server):
    lines = len(server.log)
    assert server.say(b"GET /zqXj7 HTTP/1.1\r\nHost: ga") == b""
    assert server.say(GOOD).startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(server.log) == lines


def test_requests_in_a_row_are_answered_in_a_row_until_one_is_hostile(server):
    with server.connect() as connection:
        first, second = (GOOD.replace(b"/good", name) for name in (b"/first", b"/second"))
        chunked = post(b"Transfer-Encoding: chunked", target=b"/third", body=b"2\r\n{}\r\n" + EMPTY)
        connection.sendall(first + chunked + second + REQUESTS["no Host"][0] + GOOD)
        answer = read_to_end(connection)
    heads = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert len(heads) + answer.count(b"]HTTP/1.1") == 4
    assert answer.index(b"/first") < answer.index(b"/third") < answer.index(b"/second")
    assert b"request_framing" in answer
