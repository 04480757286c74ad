"""A forward proxy that is real and on loopback: what it is asked, whom it serves, and how its faults are told."""

import socket
import ssl
import time

import pytest
import requests

from gateway.call_faults import ProxyFault, explain_call
from gateway.forward_proxy import ForwardProxy, read_credentials
from gateway.net import Deadline, open_session
from tests.forward_proxies import DRIP, GRANTED, SILENCE, LittleProxy
from tests.shipping.certificates import Authority
from tests.upstream.conftest import Vendor

HOST = "search.vendor.example"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def host(authority):
    """A server that proves to be HOST, a name which the proxy alone knows."""
    pair = authority.issue("vendor", server=True, hosts=(HOST,))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    running = Vendor(wrap=lambda plain: context.wrap_socket(plain, server_side=True))
    yield running
    running.close()


@pytest.fixture
def proxy(host):
    with LittleProxy({HOST: host.port}) as running:
        yield running


def fault_of(proxy, seconds=5.0, **more) -> ProxyFault:
    with pytest.raises(ProxyFault) as caught:
        proxy.way(**more).open_tunnel(HOST, 443, Deadline(seconds))
    return caught.value


@pytest.mark.parametrize(
    ("direct", "host", "served"),
    [
        ((), "vendor.example", True),
        ((), "localhost", False),
        ((), "127.0.0.9", False),
        ((), "::1", False),
        (("vendor.example",), "Vendor.Example.", False),
        (("vendor.example",), "search.vendor.example", True),
        ((".agency.example",), "siem.agency.example", False),
        ((".agency.example",), "agency.example", True),
        ((".agency.example",), "notagency.example", True),
        (("10.0.0.0/8",), "10.1.2.3", False),
        (("10.0.0.0/8",), "11.1.2.3", True),
        (("10.0.0.0/8",), "2001:db8::1", True),
        (("2001:db8::/32",), "2001:db8::1", False),
        (("10.0.0.0/8",), "ten.example", True),
    ],
)
def test_who_is_reached_without_it(direct, host, served):
    assert ForwardProxy(host="proxy.example", port=3128, direct=direct).serves(host) is served


def test_it_is_asked_for_host_and_port_alone_and_reads_nothing_but_tls(proxy, host, authority):
    with open_session(authority.file, proxy=proxy.way()) as session:
        assert session.post(f"https://{HOST}/take?plate=ABC123", data="a plate: ABC123", timeout=5).ok
    assert proxy.heads == [f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode()]
    assert b"ABC123" in host.requests[0]
    assert proxy.passed[:2] == b"\x16\x03"
    assert b"ABC123" not in proxy.passed


def test_an_ipv6_address_is_asked_for_in_brackets(proxy):
    with pytest.raises(ProxyFault):
        proxy.way().open_tunnel("2001:db8::1", 8443, Deadline(5))
    assert proxy.hosts() == ["[2001:db8::1]:8443"]


@pytest.mark.parametrize(
    ("mood", "note", "told"),
    [
        (REFUSED, "proxy_answered_403", "does not let this gateway reach it: ask who keeps the proxy"),
        (b"HTTP/1.0 407 Who\r\n\r\n", "proxy_answered_407", "asks for credentials: name them in [outbound] proxy_auth"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy_answered_502", "cannot reach it either (it answered 502)"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n", "proxy_answered_301", "(it answered 301)"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + GRANTED, "proxy_answered_100", "(it answered 100)"),
        (
            b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
            "proxy_answer_unusable",
            "does not answer CONNECT as a proxy does: is it one?",
        ),
        (GRANTED + b"HTTP/1.1 200 OK\r\n\r\n", "proxy_answer_unusable", "does not answer CONNECT as a proxy does"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "proxy_answer_unusable", "answers CONNECT without end"),
        (b"HTTP/1.1 200 Connec", "proxy_broke_off", "breaks off instead of answering CONNECT"),
        (b"", "proxy_broke_off", "breaks off instead of answering CONNECT"),
    ],
)
def test_a_proxy_that_gives_no_tunnel_is_named_with_what_it_did(proxy, mood, note, told):
    proxy.mood = mood
    fault = fault_of(proxy)
    assert (fault.note, fault.is_late) == (note, False)
    assert str(fault).startswith(f"the proxy 127.0.0.1:{proxy.port} ")
    assert told in str(fault)


@pytest.mark.parametrize("mood", [SILENCE, DRIP])
def test_a_proxy_that_does_not_answer_in_time_is_late_and_holds_nobody_longer(proxy, mood):
    proxy.mood, began = mood, time.monotonic()
    fault = fault_of(proxy, 0.5)
    assert (fault.note, fault.is_late) == ("proxy_late", True)
    assert 0.4 < time.monotonic() - began < 4


def test_a_proxy_that_nobody_listens_as_is_told_as_such():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ProxyFault, match=f"the proxy 127.0.0.1:{port} cannot be reached: nobody listens at that port"):
        ForwardProxy(host="127.0.0.1", port=port).open_tunnel(HOST, 443, Deadline(5))


def test_credentials_are_read_for_each_tunnel_and_shown_to_the_proxy_alone(host, authority, tmp_path):
    file = tmp_path / "proxy"
    file.write_text("gateway:wrong\n")
    with LittleProxy({HOST: host.port}, credentials="gateway:s3cret") as proxy:
        fault = fault_of(proxy, auth_file=file)
        assert f"does not accept the credentials in {file} (it answered 407)" in str(fault)
        file.write_text("gateway:s3cret\n")
        with open_session(authority.file, proxy=proxy.way(auth_file=file)) as session:
            assert session.get(f"https://{HOST}/", timeout=5).ok
    assert "s3cret" not in repr(proxy.way(auth_file=file)) + str(fault)
    assert b"roxy-" not in host.requests[0]


def test_without_the_credentials_that_are_named_it_is_not_asked(proxy, tmp_path):
    assert "cannot be used" in str(fault_of(proxy, auth_file=tmp_path / "none"))
    assert proxy.heads == []


@pytest.mark.parametrize(
    "content", [b"", b"gateway", b":secret", b"user:", b"a:b\nc:d", b"a:b\r\nX: y", b"u:" + b"p" * 2000]
)
def test_what_is_no_user_and_password_is_refused_without_being_quoted(tmp_path, content):
    (tmp_path / "proxy").write_bytes(content)
    with pytest.raises(ValueError, match=r"^must hold one line, user:password$"):
        read_credentials(tmp_path / "proxy")


def test_a_password_may_hold_colons_and_any_letters(tmp_path):
    (tmp_path / "proxy").write_bytes("gateway:a:b ü\r\n".encode())
    assert read_credentials(tmp_path / "proxy") == "gateway:a:b ü".encode()


def test_a_session_goes_through_it_and_tells_its_faults(proxy, authority):
    proxy.mood = REFUSED
    with open_session(authority.file, proxy=proxy.way()) as session:
        with pytest.raises(requests.RequestException) as raised:
            session.get(f"https://{HOST}/", timeout=5)
        assert explain_call(raised.value).endswith("to allow that host and port (it answered 403)")
        proxy.mood = SILENCE
        with pytest.raises(requests.RequestException) as raised:
            session.get(f"https://{HOST}/", timeout=0.5)
        assert explain_call(raised.value).endswith("gives no answer to CONNECT in time")


def test_a_session_verifies_the_host_behind_it_by_name_and_authority(host, tmp_path, authority):
    with LittleProxy({HOST: host.port, "other.example": host.port}) as proxy:
        for url, file in (
            (f"https://{HOST}/", Authority(tmp_path, "Another CA").file),
            ("https://other.example/", authority.file),
        ):
            with open_session(file, proxy=proxy.way()) as session, pytest.raises(requests.exceptions.SSLError):
                session.get(url, timeout=5)
    assert host.requests == []


def test_a_session_sends_it_no_plain_http(proxy):
    with open_session(proxy=proxy.way()) as session, pytest.raises(requests.RequestException) as raised:
        session.get(f"http://{HOST}/", timeout=5)
    assert "is not used for plain http, which it could read" in explain_call(raised.value)
    assert proxy.heads == []


def test_a_session_reaches_this_machine_without_it(proxy):
    vendor = Vendor()
    with open_session(proxy=proxy.way()) as session:
        assert session.get(f"{vendor.url}/", timeout=5).ok
    vendor.close()
    assert proxy.heads == []


def test_a_session_takes_no_proxy_of_the_environment(proxy, monkeypatch):
    vendor = Vendor()
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, proxy.url)
    with open_session() as session:
        assert session.get(f"{vendor.url}/", timeout=5).ok
    vendor.close()
    assert proxy.heads == []
