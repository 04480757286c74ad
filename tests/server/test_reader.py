"""A client's bytes become the same requests however they are cut, and nothing else becomes one."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.server.head import MAX_FIELDS, FramingFault, read_head
from gateway.server.reader import RequestReader
from tests.server.hostile import GOOD, REQUESTS, post

MOST = 1000
CHUNKED = post(b"Transfer-Encoding: chunked", target=b"/chunked", body=b"3\r\nabc\r\n2;a=b\r\nde\r\n0\r\n\r\n")
WHOLE = [GOOD, post(b"Content-Length: 5", target=b"/five", body=b"\r\n\r\n{"), CHUNKED, post(target=b"/none")]


def requests_of(pieces) -> list[tuple[str, bytes]]:
    reader, found = RequestReader(MOST), []
    for piece in pieces:
        reader.feed(piece)
        while (received := reader.next()) is not None:
            found.append((received.head.target, received.read()))
    assert reader.is_idle
    return found


def cut(data: bytes, places: list[int]) -> list[bytes]:
    marks = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in pairwise(marks)]


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=4), st.lists(st.integers(0, 10_000), max_size=12))
def test_the_same_bytes_are_the_same_requests_however_they_are_cut(whole, places):
    data = b"".join(whole)
    assert requests_of(cut(data, places)) == requests_of([data])
    assert len(requests_of([data])) == len(whole)


@given(st.sampled_from(sorted(REQUESTS)), st.lists(st.integers(0, 10_000), max_size=12))
def test_a_hostile_request_is_refused_by_the_same_word_however_it_is_cut(name, places):
    data, note = REQUESTS[name]
    with pytest.raises(FramingFault) as refused:
        requests_of(cut(data, places))
    assert refused.value.note == note


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(data):
    for start in (b"", GOOD[:-2], b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"):
        reader = RequestReader(MOST)
        try:
            reader.feed(start + data)
            while reader.next() is not None:
                pass
        except FramingFault:
            pass


@given(st.binary(max_size=2 * MOST), st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_a_body_in_any_chunks_is_the_body_up_to_the_cap(content, sizes):
    body, at = b"", 0
    while at < len(content):
        piece = content[at : at + sizes[at % len(sizes)]]
        body += b"%x\r\n%b\r\n" % (len(piece), piece)
        at += len(piece)
    reader = RequestReader(MOST)
    reader.feed(post(b"Transfer-Encoding: chunked", body=body + b"0\r\n\r\n"))
    received = reader.next()
    if len(content) <= MOST:
        assert received.read() == content
    else:
        with pytest.raises(Refusal, match="request_too_large"):
            received.read()
        assert received.is_last


def test_trailers_are_refused():
    reader = RequestReader(MOST)
    reader.feed(post(b"Transfer-Encoding: chunked", body=b"0\r\nX-Trailer: a\r\n\r\n"))
    with pytest.raises(Refusal, match="request_framing"):
        reader.next().read()


def test_a_body_above_the_cap_is_known_by_its_length_alone():
    reader = RequestReader(MOST)
    reader.feed(post(b"Content-Length: 99999"))
    received = reader.next()
    assert received.is_last
    with pytest.raises(Refusal, match="request_too_large"):
        received.read()


def test_as_many_fields_as_are_accepted_are_read():
    fields = b"".join(b"A%d: b\r\n" % number for number in range(MAX_FIELDS - 1))
    assert len(read_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n").headers) == MAX_FIELDS
    with pytest.raises(FramingFault):
        read_head(b"GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n" + fields + b"\r\n")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        (b"", True),
        (b"Connection: close\r\n", False),
        (b"Connection: TE, Close\r\n", False),
        (b"Connection: TE\r\n", True),
    ],
)
def test_a_connection_is_kept_unless_the_client_says_otherwise(fields, kept):
    assert read_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n").is_kept is kept
