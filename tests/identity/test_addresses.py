"""Where a request comes from, when some in between can be believed and others cannot."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.identity import networks, source_address
from gateway.identity.addresses import lies_within
from gateway.reasons import Reason

PROXIES = networks(("10.0.0.0/8", "fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.7, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.7", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, 10.0.0.2"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1,\t10.0.0.2 ,fd00::1"], "192.0.2.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("", ["192.0.2.1"], ""),
    ],
)
def test_the_source_is_the_right_most_address_that_no_trusted_proxy_has(peer, forwarded, source):
    assert source_address(peer, forwarded, PROXIES) == source


@pytest.mark.parametrize("forwarded", ["", "nonsense", "192.0.2.1,", "192.0.2.1:443", "nonsense, 10.0.0.2", "[::1]"])
def test_a_trusted_proxy_that_names_no_address_is_not_guessed_at(forwarded):
    with pytest.raises(Refusal) as refused:
        source_address("10.0.0.1", [forwarded], PROXIES)
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_MALFORMED, "X-Forwarded-For")


def test_without_trusted_proxies_nobody_is_believed():
    assert source_address("10.0.0.1", ["192.0.2.1"], ()) == "10.0.0.1"


@given(peer=st.ip_addresses(), forwarded=st.lists(st.ip_addresses().map(str) | st.text(max_size=12), max_size=4))
def test_an_untrusted_peer_can_only_be_itself(peer, forwarded):
    if any(peer in network for network in PROXIES):
        return
    assert source_address(str(peer), forwarded, PROXIES) in (str(peer), str(getattr(peer, "ipv4_mapped", None)))


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_an_address_lies_within_its_own_network_and_not_in_its_neighbour(address, prefix):
    network = ip_network((int(address), prefix), strict=False)
    assert lies_within(str(address), (str(network),))
    if prefix:
        other = ip_network((int(network.network_address) ^ (1 << (32 - prefix)), prefix))
        assert not lies_within(str(address), (str(other),))


def test_a_single_address_is_a_range_of_one():
    assert lies_within("192.0.2.7", ("192.0.2.7",))
    assert not lies_within("192.0.2.8", ("192.0.2.7",))


def test_no_ranges_hold_no_address():
    assert not lies_within(str(ip_address("192.0.2.7")), ())


@pytest.mark.parametrize("wrong", ["10.0.0.0/33", "10.0.0.1/8", "office", ""])
def test_a_range_that_is_none_is_an_error_where_ranges_are_made(wrong):
    with pytest.raises(ValueError, match=r"."):
        networks(("10.0.0.0/8", wrong))
