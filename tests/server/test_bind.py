"""An address that cannot be listened on is named before anything starts, with its setting and what to do."""

import socket

import pytest

from gateway.errors import ConfigurationError
from gateway.server.bind import listen_at, require_free


def told(bind):
    with pytest.raises(ConfigurationError) as caught:
        require_free("[server] bind", bind)
    [sentence] = caught.value.problems
    return sentence


def test_an_address_that_is_taken_is_told_with_who_it_may_be():
    with listen_at("[server] bind", "127.0.0.1:0", 1) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        assert told(bind) == (f"[server] bind: cannot listen on {bind}: something listens there already")
    require_free("[server] bind", bind)


def test_an_address_of_another_host_is_told_as_that():
    assert told("192.0.2.1:8080") == "[server] bind: cannot listen on 192.0.2.1:8080: this host has no such address"


def test_an_address_of_ip_6_is_one_too():
    with listen_at("[server] bind", "[::1]:0", 1) as listening:
        assert listening.family == socket.AF_INET6
