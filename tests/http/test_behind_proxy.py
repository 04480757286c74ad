"""A gateway that runs where the network lets nothing out but a forward proxy."""

import socket
import time
from http.client import HTTPResponse

import pytest

from gateway.demo.agency import PLATE
from tests.forward_proxies import LittleProxy
from tests.http.installation import Place
from tests.http.test_failures_told import await_told
from tests.test_forward_proxy import HOST, REFUSED, authority, host
from tests.upstream.conftest import answer

__all__ = ["authority", "host"]


@pytest.fixture
def proxy(host):
    with LittleProxy({HOST: host.port}) as running:
        yield running


@pytest.fixture
def gateway(install, vendors, host, proxy, authority):
    """One whose vendor is a TLS front of an emulated Flock, under a name that the proxy alone knows."""
    host.reply = pass_on(int(vendors["spare-flock"].url.rpartition(":")[2]))
    made = install(
        Place(profile="flock", at="/flock", upstream=f"https://{HOST}"), settings=f'[outbound]\nproxy = "{proxy.url}"'
    )
    upstream = f'upstream = "https://{HOST}"'
    made.config.write_text(made.config.read_text().replace(upstream, f'{upstream}\nca_file = "{authority.file}"'))
    return made


def pass_on(port):
    """What asks a vendor in plain and gives its answer."""

    def reply(connection, request):
        with socket.create_connection(("127.0.0.1", port)) as there:
            there.sendall(request)
            response = HTTPResponse(there)
            response.begin()
            connection.sendall(answer(response.read(), head=f"HTTP/1.1 {response.status} Said"))

    return reply


def test_searches_and_log_ins_go_through_the_proxy_which_learns_a_host_and_a_port(gateway, proxy, host):
    officer = gateway.officer()
    gateway.start()
    reply = officer.lookup()
    assert reply.status == 200
    outcome = gateway.ledger.one(event_type="outcome", decision_id=reply.headers["x-lpr-decision"])
    assert outcome["outcome"] == "answered"
    assert set(proxy.hosts()) == {f"{HOST}:443"}
    assert PLATE.encode() in b"".join(host.requests)
    assert PLATE.encode() not in b"".join(proxy.heads) + proxy.passed


def test_a_search_that_the_proxy_keeps_away_is_on_record_as_not_sent_and_the_log_blames_the_proxy(gateway, proxy, host):
    proxy.mood = REFUSED
    officer = gateway.officer()
    gateway.start()
    reply = officer.lookup()
    assert (reply.status, reply.codes) == (502, ["vendor_unreachable"])
    outcome = gateway.ledger.one(event_type="outcome", decision_id=reply.document["decision_id"])
    assert (outcome["outcome"], outcome["forwarded"]) == ("failed", False)
    line = await_told(gateway, "request_failed", vendor="flock")[0]
    assert line["note"] == "no token: proxy_answered_403 (at the last log-in, repeated within a minute)"
    assert host.requests == []
    proxy.mood, end = None, time.monotonic() + 30
    while officer.lookup().status != 200:
        assert time.monotonic() < end
        time.sleep(0.2)
