"""OAuth2 client credentials against a real token endpoint on loopback."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

import pytest

from gateway.reasons import Reason
from gateway.upstream import ClientCredentials, ClientCredentialsOptions, VendorFailure
from tests.upstream.conftest import REQUEST, Vendor, answer
from tests.upstream.test_client import failure_of
from tests.upstream.usual import upstream_options

UNAUTHORIZED = "HTTP/1.1 401 Unauthorized"


class Issuer(Vendor):
    """Issues t1, t2, …; `life` is `expires_in`; `gate` holds its answers back while cleared."""

    def __init__(self) -> None:
        self.life: object = 3600
        self.gate = threading.Event()
        self.gate.set()
        super().__init__()
        self.reply = self._issue

    def _issue(self, connection, _request):
        number = len(self.requests)
        self.gate.wait(10)
        said = {"access_token": f"t{number}", "token_type": "Bearer", "expires_in": self.life}
        connection.sendall(answer(json.dumps(said).encode()))


@pytest.fixture
def issuer():
    running = Issuer()
    yield running
    running.gate.set()
    running.close()


@pytest.fixture
def secret_file(tmp_path):
    path = tmp_path / "client-secret"
    path.write_text("s3cr3t&=+/\n")
    return path


@pytest.fixture
def credential(issuer, secret_file):
    """Makes credentials against the issuer and closes them after the test."""
    made = []

    def make(*, settled_s=0.0, url=None, timeout_s=5.0, **options):
        token = upstream_options(base_url=url or issuer.url + "/oauth/token", timeout_s=timeout_s)
        options = {"client_id": "agency", "client_secret_file": secret_file, **options}
        made.append(ClientCredentials(ClientCredentialsOptions(token=token, **options), settled_s=settled_s))
        return made[-1]

    yield make
    issuer.gate.set()
    for one in made:
        one.close()


def tokens_seen(vendor) -> list[str]:
    lines = [line for request in vendor.requests for line in request.decode().split("\r\n")]
    return [line.removeprefix("Authorization: Bearer ") for line in lines if line.startswith("Authorization")]


def wait_until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


def test_the_token_is_asked_for_as_the_specification_says(issuer, vendor, credential, client_to):
    client_to(vendor.url, credential=credential(audience="com.vendor")).call(REQUEST)
    head, _, body = issuer.requests[0].decode().partition("\r\n\r\n")
    assert head.startswith("POST /oauth/token HTTP/1.1\r\n")
    assert "Content-Type: application/x-www-form-urlencoded" in head.split("\r\n")
    assert parse_qsl(body) == [
        ("grant_type", "client_credentials"),
        ("client_id", "agency"),
        ("client_secret", "s3cr3t&=+/"),
        ("audience", "com.vendor"),
    ]


def test_one_token_serves_every_thread(issuer, vendor, credential, client_to):
    client = client_to(vendor.url, credential=credential())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.call(REQUEST), range(40)))
    assert (len(issuer.requests), set(tokens_seen(vendor))) == (1, {"t1"})


def test_a_token_is_renewed_ahead_of_its_end_while_requests_go_on_with_the_old_one(
    issuer, vendor, credential, client_to
):
    issuer.life = 2
    client = client_to(vendor.url, credential=credential())
    client.call(REQUEST)
    issuer.gate.clear()
    wait_until(lambda: len(issuer.requests) == 2)
    started = time.monotonic()
    client.call(REQUEST)
    assert time.monotonic() - started < 0.2
    issuer.gate.set()
    wait_until(lambda: client.call(REQUEST) and tokens_seen(vendor)[-1] == "t2")
    assert tokens_seen(vendor)[:2] == ["t1", "t1"]


def test_with_no_token_a_request_waits_for_the_one_under_way(issuer, vendor, credential, client_to):
    issuer.gate.clear()
    client = client_to(vendor.url, credential=credential())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.call, REQUEST)
        wait_until(lambda: issuer.requests)
        assert not waiting.done()
        issuer.gate.set()
        assert waiting.result(5).status == 200


def test_with_no_token_in_time_a_request_is_late_and_was_not_sent(issuer, vendor, credential, client_to):
    issuer.gate.clear()
    failed = failure_of(client_to(vendor.url, credential=credential(), timeout_s=0.2))
    issuer.gate.set()
    assert (failed.reason, failed.sent, vendor.requests) == (Reason.VENDOR_LATE, False, [])


def test_a_token_that_the_vendor_rejects_is_renewed_once(issuer, vendor, credential, client_to):
    vendor.reply = lambda connection, request: connection.sendall(
        answer(b"{}", head=UNAUTHORIZED if b"Bearer t1\r\n" in request else "HTTP/1.1 200 OK")
    )
    client = client_to(vendor.url, credential=credential())
    assert client.call(REQUEST).status == 200
    assert (len(issuer.requests), tokens_seen(vendor)) == (2, ["t1", "t2"])


def test_a_vendor_that_rejects_every_token_gets_two_requests_and_no_more(vendor, credential, client_to):
    vendor.says(answer(b"{}", head=UNAUTHORIZED))
    assert client_to(vendor.url, credential=credential()).call(REQUEST).status == 401
    assert len(vendor.requests) == 2


def test_a_token_fetched_just_now_is_not_renewed_for_a_vendor_that_rejects_it(issuer, vendor, credential, client_to):
    vendor.says(answer(b"{}", head=UNAUTHORIZED))
    client = client_to(vendor.url, credential=credential(settled_s=60))
    for _ in range(5):
        assert client.call(REQUEST).status == 401
    assert (len(issuer.requests), len(vendor.requests)) == (1, 5)


def test_a_failure_after_the_first_request_says_that_it_was_sent(issuer, vendor, credential, client_to):
    def reject(connection, _request):
        issuer.gate.clear()
        connection.sendall(answer(b"{}", head=UNAUTHORIZED))

    vendor.reply = reject
    failed = failure_of(client_to(vendor.url, credential=credential(), timeout_s=0.5))
    issuer.gate.set()
    assert (failed.reason, failed.sent) == (Reason.VENDOR_LATE, True)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (answer(b'{"error":"invalid_client"}', head=UNAUTHORIZED), Reason.VENDOR_CREDENTIAL_REFUSED),
        (answer(b"{}", head="HTTP/1.1 403 Forbidden"), Reason.VENDOR_CREDENTIAL_REFUSED),
        (answer(b"{}", head="HTTP/1.1 429 Too Many Requests"), Reason.VENDOR_UNREACHABLE),
        (answer(b"{}", head="HTTP/1.1 503 Unavailable"), Reason.VENDOR_UNREACHABLE),
        (answer(b"{}", head="HTTP/1.1 302 Found", headers=("Location: /x",)), Reason.VENDOR_UNREACHABLE),
        (answer(b"not json"), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b"[]"), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"token_type":"Bearer"}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"access_token":"t","token_type":"mac"}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"access_token":"a\\r\\nb","token_type":"Bearer"}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"access_token":7,"token_type":"Bearer"}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"access_token":"t","token_type":"Bearer","expires_in":0}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (answer(b'{"access_token":"t","token_type":"Bearer","expires_in":NaN}'), Reason.VENDOR_ANSWER_UNUSABLE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Reason.VENDOR_ANSWER_UNUSABLE),
    ],
)
def test_without_a_usable_token_requests_are_refused_and_not_sent(issuer, vendor, credential, client_to, said, reason):
    issuer.says(said, then_close=True)
    client = client_to(vendor.url, credential=credential())
    failed = failure_of(client)
    assert (failed.reason, failed.sent, vendor.requests) == (reason, False, [])
    started = time.monotonic()
    failure_of(client)
    assert time.monotonic() - started < 0.2, "while the thread backs off, nobody waits"


def test_after_a_failure_the_thread_tries_again_by_itself(issuer, vendor, credential, client_to):
    good = issuer.reply
    issuer.says(answer(b"{}", head="HTTP/1.1 503 Unavailable"))
    client = client_to(vendor.url, credential=credential())
    failure_of(client)
    issuer.reply = good
    wait_until(lambda: len(issuer.requests) == 2)
    wait_until(lambda: credential_works(client))


def credential_works(client) -> bool:
    try:
        return client.call(REQUEST).status == 200
    except VendorFailure:
        return False


def test_a_life_that_is_not_told_is_taken_to_be_short(issuer, vendor, credential, client_to):
    issuer.says(answer(b'{"access_token":"t1","token_type":"bearer"}'))
    assert client_to(vendor.url, credential=credential()).call(REQUEST).status == 200


def test_a_rotated_client_secret_is_used_at_the_next_renewal(issuer, vendor, credential, client_to, secret_file):
    client = client_to(vendor.url, credential=credential())
    client.call(REQUEST)
    secret_file.write_text("rotated")
    vendor.says(answer(b"{}", head=UNAUTHORIZED))
    client.call(REQUEST)
    assert b"client_secret=rotated" in issuer.requests[1]


def test_a_secret_file_that_is_away_refuses_the_credential_and_says_that_the_vendor_did_not(
    vendor, credential, client_to, secret_file
):
    secret_file.unlink()
    failed = failure_of(client_to(vendor.url, credential=credential()))
    assert failed.reason is Reason.VENDOR_CREDENTIAL_REFUSED
    assert failed.note == "no token: client_secret_file cannot be used (at the last log-in, repeated within a minute)"


def test_a_log_in_that_the_vendor_refuses_is_noted_with_its_status(issuer, vendor, credential, client_to):
    issuer.says(answer(b"{}", head=UNAUTHORIZED))
    assert (
        failure_of(client_to(vendor.url, credential=credential())).note
        == "no token: status 401 (at the last log-in, repeated within a minute)"
    )


def test_who_is_refused_for_a_log_in_that_failed_is_told_when_it_is_tried_again(issuer, vendor, credential, client_to):
    issuer.says(answer(b"{}", head=UNAUTHORIZED))
    failed = failure_of(client_to(vendor.url, credential=credential()))
    assert failed.retry_after_s is not None
    assert 1 <= failed.retry_after_s <= 60


def test_closing_ends_the_thread(credential):
    one = credential()
    one.close()
    assert not any(thread.name == "vendor-token" for thread in threading.enumerate())


def test_neither_secret_nor_token_shows_itself(vendor, credential, client_to):
    one = credential()
    client_to(vendor.url, credential=one).call(REQUEST)
    shown = repr(one) + repr(one._token) + repr(one._options)
    assert "t1" not in shown
    assert "s3cr3t" not in shown
