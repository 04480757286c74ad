"""A vendor that is reached through a forward proxy alone: called as ever, and whose fault it is where it is not."""

import pytest

from gateway.errors import ConfigurationError
from gateway.net import Deadline
from gateway.reasons import Reason
from gateway.upstream import ClientCredentials, ClientCredentialsOptions, VendorFailure
from tests.forward_proxies import GRANTED, SILENCE, LittleProxy
from tests.shipping.certificates import Authority
from tests.test_forward_proxy import HOST, REFUSED, authority, host
from tests.upstream.conftest import REQUEST, Vendor, answer
from tests.upstream.test_client import failure_of
from tests.upstream.usual import upstream_options

__all__ = ["authority", "host"]


@pytest.fixture
def proxy(host):
    with LittleProxy({HOST: host.port, "other.example": host.port}) as running:
        yield running


@pytest.fixture
def client(client_to, proxy, authority):
    return client_to(f"https://{HOST}", ca_file=authority.file, proxy=proxy.way())


def test_a_vendor_is_called_through_one_tunnel_that_shows_the_proxy_a_host_and_a_port(client, proxy, host):
    for _ in range(3):
        assert client.call(REQUEST).status == 200
    assert (proxy.hosts(), host.connections) == ([f"{HOST}:443"], 1)
    assert b"a-vendor-token" in host.requests[0]
    assert b"a-vendor-token" not in b"".join(proxy.heads) + proxy.passed


@pytest.mark.parametrize(
    ("mood", "reason", "note"),
    [
        (REFUSED, Reason.VENDOR_UNREACHABLE, "proxy_answered_403"),
        (b"HTTP/1.1 407 Who\r\n\r\n", Reason.VENDOR_UNREACHABLE, "proxy_answered_407"),
        (b"", Reason.VENDOR_UNREACHABLE, "proxy_broke_off"),
        (SILENCE, Reason.VENDOR_LATE, "proxy_late"),
    ],
)
def test_where_the_proxy_gives_no_tunnel_it_is_blamed_and_nothing_is_sent(
    client_to, proxy, host, authority, mood, reason, note
):
    proxy.mood = mood
    failed = failure_of(client_to(f"https://{HOST}", ca_file=authority.file, proxy=proxy.way(), timeout_s=0.5))
    assert (failed.reason, failed.note, failed.sent, failed.status) == (reason, note, False, None)
    assert (len(proxy.heads), host.requests) == (1, [])


def test_where_the_tunnel_ends_before_tls_the_vendor_is_sent_nothing_and_the_proxy_is_not_blamed(client, proxy):
    proxy.mood = GRANTED
    failed = failure_of(client)
    assert (failed.reason, failed.sent) == (Reason.VENDOR_UNREACHABLE, False)
    assert not failed.note.startswith("proxy_")


def test_a_vendor_behind_the_proxy_proves_who_it_is_by_its_own_name_and_authority(
    client_to, proxy, host, authority, tmp_path
):
    for url, file in (
        (f"https://{HOST}", Authority(tmp_path, "Another").file),
        ("https://other.example", authority.file),
    ):
        failed = failure_of(client_to(url, ca_file=file, proxy=proxy.way()))
        assert (failed.note, failed.sent) == ("tls_not_verified", False)
    assert host.requests == []


def test_a_search_that_may_have_been_sent_is_not_sent_again_when_the_proxy_then_refuses(client, proxy, host):
    assert client.call(REQUEST).status == 200
    host.reply, proxy.mood = (lambda _connection, _request: False), REFUSED
    failed = failure_of(client)
    assert (failed.note, failed.sent, len(host.requests)) == ("proxy_answered_403", True, 2)


def test_a_vendor_that_is_named_as_direct_is_reached_without_the_proxy(client_to, proxy):
    way = proxy.way(direct=("nowhere.invalid",))
    failed = failure_of(client_to("https://nowhere.invalid", proxy=way))
    assert (failed.note, proxy.heads) == ("not_connected", [])


def test_plain_http_goes_to_this_machine_alone_and_never_through_the_proxy(client_to, proxy):
    with pytest.raises(ConfigurationError, match="must be https"):
        client_to("http://search.vendor.example", proxy=proxy.way())
    vendor = Vendor()
    assert client_to(vendor.url, proxy=proxy.way()).call(REQUEST).status == 200
    vendor.close()
    assert proxy.heads == []


@pytest.fixture
def log_in(proxy, authority, tmp_path):
    (tmp_path / "secret").write_text("a-client-secret")
    token = upstream_options(base_url=f"https://{HOST}/token", timeout_s=2.0, ca_file=authority.file, proxy=proxy.way())
    made = []

    def make():
        options = ClientCredentialsOptions(token=token, client_id="us", client_secret_file=tmp_path / "secret")
        made.append(ClientCredentials(options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_token_is_fetched_through_the_proxy_too(log_in, proxy, host):
    host.says(answer(b'{"access_token": "t1", "token_type": "Bearer", "expires_in": 60}'))
    assert log_in().show(Deadline(5)).headers == (("Authorization", "Bearer t1"),)
    assert proxy.hosts() == [f"{HOST}:443"]
    assert b"a-client-secret" not in proxy.passed


def test_where_the_proxy_keeps_the_token_away_the_failure_says_so(log_in, proxy):
    proxy.mood = REFUSED
    with pytest.raises(VendorFailure) as caught:
        log_in().show(Deadline(5))
    assert (caught.value.note, caught.value.sent) == (
        "no token: proxy_answered_403 (at the last log-in, repeated within a minute)",
        False,
    )
