"""The head of a plain answer."""

import io
from http.client import HTTPResponse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.upstream.plain_answer import read_plain_head
from tests.properties import examples

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"


def test_a_plain_head_is_read_whole():
    head = read_plain_head(PLAIN + b"{}")
    assert head == (200, (("content-type", "application/json"), ("content-length", "2")), 2, len(PLAIN))


def test_a_connection_that_says_it_is_kept_is_plain():
    assert read_plain_head(PLAIN.replace(b"\r\n\r\n", b"\r\nConnection: Keep-Alive\r\n\r\n")) is not None


@pytest.mark.parametrize(
    "head",
    [
        PLAIN[:-1],
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"200", b"100"),
        PLAIN.replace(b"200", b"204"),
        PLAIN.replace(b"200", b"304"),
        PLAIN.replace(b": 2", b": -2"),
        PLAIN.replace(b": 2", b": 2, 2"),
        PLAIN.replace(b": 2", b": 2\r\nContent-Length: 2"),
        PLAIN.replace(b": 2", b": 2\r\nTransfer-Encoding: chunked"),
        PLAIN.replace(b": 2", b": 2\r\nContent-Encoding: gzip"),
        PLAIN.replace(b": 2", b": 2\r\nConnection: close"),
        PLAIN.replace(b": 2", b": 2\r\n folded: value"),
        PLAIN.replace(b": 2", b": 2\r\nbad name: value"),
        PLAIN.replace(b": 2", b": 2\r\nx: \xff"),
        PLAIN.replace(b"\r\n", b"\n"),
        b"",
    ],
)
def test_what_is_not_plain_is_left_to_the_other_reader(head):
    assert read_plain_head(head) is None


names = st.from_regex(r"\A[A-Za-z0-9-]{1,12}\Z").filter(lambda name: name.lower() != "content-length")
values = st.from_regex(r"\A[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?\Z")


class _Answer(io.BytesIO):
    def makefile(self, _mode: str) -> io.BytesIO:
        return self


@settings(max_examples=examples(100))
@given(st.integers(200, 599), st.lists(st.tuples(names, values), max_size=8), st.integers(0, 20))
def test_a_plain_head_says_what_the_other_reader_says(status, fields, length):
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in fields), f"Content-Length: {length}"]
    data = "\r\n".join([*lines, "", ""]).encode() + b"x" * length
    head = read_plain_head(data)
    if head is not None:
        other = HTTPResponse(_Answer(data), method="POST")
        other.begin()
        assert head.status == other.status
        assert head.headers == tuple((name.lower(), value) for name, value in other.headers.items())
        assert data[head.size :] == other.read()
        assert not other.will_close
