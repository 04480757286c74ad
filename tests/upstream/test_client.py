"""What goes out to the vendor and which answers come back."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.model import VendorRequest
from gateway.reasons import Reason
from gateway.upstream import Shown, VendorFailure
from gateway.upstream.client import write_request
from gateway.value import replace
from tests.properties import examples
from tests.upstream.conftest import REQUEST, answer
from tests.upstream.usual import upstream_options


def failure_of(client, request=REQUEST, **options) -> VendorFailure:
    with pytest.raises(VendorFailure) as caught:
        client.call(request, **options)
    return caught.value


def test_the_request_is_exactly_the_one_built_and_nothing_more(vendor, client_to):
    client_to(vendor.url).call(REQUEST)
    assert vendor.requests == [
        b"POST /api/v3/reads/lookup HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\n"
        b"User-Agent: lpr-gateway\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Accept: application/json\r\n"
        b"Content-Type: application/json\r\n"
        b"Authorization: Bearer a-vendor-token\r\n"
        b"Content-Length: 11\r\n"
        b"\r\n"
        b'{"limit":1}' % vendor.port
    ]


def test_the_answer_comes_back_whole_with_header_names_in_lower_case(vendor, client_to):
    vendor.says(answer(b'{"a":1}', head="HTTP/1.1 422 Unprocessable", headers=("X-Request-Id: r7",)))
    got = client_to(vendor.url).call(REQUEST)
    assert (got.status, got.body) == (422, b'{"a":1}')
    assert ("x-request-id", "r7") in got.headers


def test_an_answer_in_chunks_comes_back_whole(vendor, client_to):
    vendor.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    client = client_to(vendor.url)
    assert client.call(REQUEST).body == b"abcde"
    assert client.call(REQUEST).body == b"abcde"
    assert vendor.connections == 1


def test_an_answer_exactly_as_large_as_allowed_passes(vendor, client_to):
    client = client_to(vendor.url, max_response_bytes=1000)
    vendor.says(answer(b"x" * 1000))
    assert len(client.call(REQUEST).body) == 1000
    vendor.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")
    assert len(client.call(REQUEST).body) == 1000


def test_a_path_prefix_of_the_upstream_comes_first(vendor, client_to):
    client_to(vendor.url + "/sandbox/").call(replace(REQUEST, path="/reads"))
    assert vendor.requests[0].startswith(b"POST /sandbox/reads HTTP/1.1\r\n")


def test_one_connection_serves_one_call_after_another(vendor, client_to):
    client = client_to(vendor.url)
    for _ in range(5):
        client.call(REQUEST)
    assert (vendor.connections, len(vendor.requests)) == (1, 5)


def test_a_connection_that_was_idle_too_long_is_not_used_again(vendor, client_to):
    client = client_to(vendor.url, idle_s=0.0)
    client.call(REQUEST)
    client.call(REQUEST)
    assert vendor.connections == 2


def test_eight_threads_each_get_their_own_answer(vendor, client_to):
    vendor.reply = lambda connection, request: connection.sendall(answer(request.partition(b"\r\n\r\n")[2]))
    client = client_to(vendor.url)
    bodies = [b"%06d" % number for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda body: client.call(replace(REQUEST, body=body)).body, bodies))
    assert got == bodies
    assert vendor.connections <= 8


def test_a_kept_connection_that_the_vendor_closed_costs_no_failure_and_no_second_request(vendor, client_to):
    vendor.says(answer(b"{}"), then_close=True)
    client = client_to(vendor.url)
    for _ in range(5):
        client.call(REQUEST)
    assert (vendor.connections, len(vendor.requests)) == (5, 5)


def hang_up_on_second(vendor):
    def reply(connection, _request):
        if len(vendor.requests) == 2:
            return False
        connection.sendall(answer(b"{}"))
        return True

    vendor.reply = reply


def test_a_kept_connection_that_ends_without_an_answer_is_replaced_once(vendor, client_to):
    hang_up_on_second(vendor)
    client = client_to(vendor.url)
    client.call(REQUEST)
    assert client.call(REQUEST).status == 200
    assert len(vendor.requests) == 3


def test_a_request_that_may_not_be_repeated_is_not_sent_twice(vendor, client_to):
    hang_up_on_second(vendor)
    client = client_to(vendor.url)
    client.call(REQUEST)
    failed = failure_of(client, repeatable=False)
    assert (failed.reason, failed.sent) == (Reason.VENDOR_UNREACHABLE, True)
    assert len(vendor.requests) == 2


def test_a_new_connection_that_ends_without_an_answer_is_not_tried_again(vendor, client_to):
    vendor.reply = lambda _connection, _request: False
    failed = failure_of(client_to(vendor.url))
    assert (failed.reason, failed.sent, len(vendor.requests)) == (Reason.VENDOR_UNREACHABLE, True, 1)


def test_bytes_after_an_answer_do_not_become_the_next_answer(vendor, client_to):
    client = client_to(vendor.url)
    vendor.says(answer(b"first") + answer(b"stray"))
    assert client.call(REQUEST).body == b"first"
    vendor.says(answer(b"second"))
    assert client.call(REQUEST).body == b"second"
    assert vendor.connections == 2


def test_a_connection_that_the_vendor_announces_to_close_is_not_kept(vendor, client_to):
    vendor.says(answer(b"{}", headers=("Connection: close",)))
    client = client_to(vendor.url)
    client.call(REQUEST)
    client.call(REQUEST)
    assert vendor.connections == 2


@pytest.mark.parametrize(
    "slow",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="in the head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", id="in a chunk"),
    ],
)
def test_a_vendor_sending_byte_after_byte_cannot_hold_a_call_beyond_its_deadline(vendor, client_to, slow):
    def reply(connection, _request):
        connection.sendall(slow)
        while slow and not vendor.hold(0.02):
            connection.sendall(b"x")
        return not vendor.hold(10)

    vendor.reply = reply
    start = time.monotonic()
    failed = failure_of(client_to(vendor.url, timeout_s=0.3))
    assert (failed.reason, failed.sent) == (Reason.VENDOR_LATE, True)
    assert time.monotonic() - start < 2


def test_a_vendor_that_does_not_read_cannot_hold_a_call_beyond_its_deadline(client_to):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        client = client_to(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout_s=0.3)
        start = time.monotonic()
        assert failure_of(client, replace(REQUEST, body=b"x" * 50_000_000)).reason is Reason.VENDOR_LATE
        assert time.monotonic() - start < 2


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", id="body cut short"),
        pytest.param(CHUNKED + b"\r\n5\r\nabc", id="chunk cut short"),
        pytest.param(CHUNKED + b"\r\n3\r\nabc\r\n", id="last chunk missing"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Len", id="head cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{}", id="a body that ends with the connection"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n{}", id="the same in HTTP/1.0"),
        pytest.param(CHUNKED + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", id="a length beside chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}", id="a signed length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n{}", id="an endless length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="another coding"),
        pytest.param(CHUNKED + b"\r\nzz\r\n{}\r\n0\r\n\r\n", id="a chunk size that is none"),
        pytest.param(CHUNKED + b"\r\n-5\r\n{}\r\n0\r\n\r\n", id="a negative chunk size"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 2\r\n\r\n{}", id="a header without a colon"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(b"{}"), id="an interim answer"),
        pytest.param(b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}", id="another version"),
        pytest.param(b"220 ready\r\n", id="another protocol"),
        pytest.param(b"\x00\xff\x16\x03" * 50, id="garbage"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", id="too many headers"),
        pytest.param(answer(b"x", headers=("Content-Encoding: gzip",)), id="compressed"),
        pytest.param(answer(b"x", headers=("Content-Encoding: br, identity",)), id="encoded twice"),
    ],
)
def test_an_answer_that_is_not_whole_and_plain_is_unusable(vendor, client_to, said):
    vendor.says(said, then_close=True)
    failed = failure_of(client_to(vendor.url))
    assert (failed.reason, failed.sent) == (Reason.VENDOR_ANSWER_UNUSABLE, True)


def test_after_an_unusable_answer_the_connection_is_not_used_again(vendor, client_to):
    client = client_to(vendor.url)
    vendor.says(answer(b"x", headers=("Content-Encoding: gzip",)))
    failure_of(client)
    vendor.says(answer(b"{}"))
    client.call(REQUEST)
    assert vendor.connections == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_above_the_cap_is_refused_without_being_read_to_its_end(vendor, client_to, chunked):
    def reply(connection, _request):
        framing = "Transfer-Encoding: chunked" if chunked else "Content-Length: 1000000000"
        connection.sendall(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n".encode())
        while not vendor.over.is_set():
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")

    vendor.reply = reply
    failed = failure_of(client_to(vendor.url, max_response_bytes=100_000))
    assert (failed.reason, failed.status) == (Reason.VENDOR_ANSWER_TOO_LARGE, 200)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_refused_and_not_followed(vendor, client_to, status):
    vendor.says(answer(b"", head=f"HTTP/1.1 {status} Moved", headers=(f"Location: {vendor.url}/elsewhere",)))
    failed = failure_of(client_to(vendor.url))
    assert (failed.reason, failed.status, len(vendor.requests)) == (Reason.VENDOR_REFUSED, status, 1)


def test_a_vendor_that_is_not_there_is_unreachable_and_was_sent_nothing(vendor, client_to):
    vendor.close()
    failed = failure_of(client_to(vendor.url))
    assert (failed.reason, failed.sent) == (Reason.VENDOR_UNREACHABLE, False)


def test_a_host_without_an_address_is_unreachable(client_to):
    assert failure_of(client_to("https://vendor.invalid", timeout_s=20)).sent is False


def test_proxies_named_in_the_environment_are_ignored(vendor, client_to, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert client_to(vendor.url).call(REQUEST).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"headers": (("Cookie", "a=b"),)},
        {"headers": (("X-Forwarded-For", "10.0.0.1"),)},
        {"headers": (("Accept", "a\r\nX-Injected: b"),)},
        {"headers": (("Accept", ""),)},
        {"path": "/api/../admin"},
        {"path": "/api//admin"},
        {"path": "//admin"},
        {"path": "/api/./x"},
        {"path": "/api/.."},
        {"path": "/a?b=c"},
        {"path": "/a b"},
        {"path": "/a\r\nX: y"},
        {"path": "relative"},
        {"path": "http://elsewhere/"},
        {"path": "/å"},
        {"method": "GET /x HTTP/1.1\r\nX: y\r\n\r\nGET"},
    ],
    ids=str,
)
def test_a_request_that_is_not_plain_is_never_sent(vendor, client_to, change):
    with pytest.raises(Refusal) as caught:
        client_to(vendor.url).call(replace(REQUEST, **change))
    assert caught.value.reason is Reason.INTERNAL_ERROR
    assert vendor.requests == []


@settings(max_examples=examples(200))
@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=4).filter(lambda pairs: not _has_surrogate(pairs)))
def test_whatever_the_query_holds_reaches_the_vendor_as_the_same_pairs(pairs):
    origin = upstream_options(base_url="https://vendor.example").origin()
    request = VendorRequest(method="GET", path="/search", query=tuple(pairs), headers=(), body=None)
    head = write_request(origin, request, Shown(query=(("api_key", "k"),)))
    target = head.split(b" ", 2)[1].decode()
    assert parse_qsl(target.partition("?")[2], keep_blank_values=True) == [*pairs, ("api_key", "k")]
    assert head.count(b"\r\n") == 5


def _has_surrogate(pairs) -> bool:
    return any("\ud800" <= character <= "\udfff" for pair in pairs for text in pair for character in text)


def test_neither_failures_nor_values_show_what_was_asked_or_answered(vendor, client_to):
    vendor.says(b"HTTP/1.1 secret-answer\r\n\r\n", then_close=True)
    client = client_to(vendor.url)
    asked = replace(REQUEST, query=(("plate", "ABC123"),))
    failed = failure_of(client, asked)
    said = [repr(failed), str(failed), repr(failed.__cause__), repr(asked), repr(client), str(vars(failed))]
    assert not any(secret in text for text in said for secret in ("secret-answer", "ABC123", "a-vendor-token"))
