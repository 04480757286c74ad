"""Addresses: where a request really comes from, and whether that lies in a range."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from gateway.errors import Refusal
from gateway.reasons import Reason

Network: TypeAlias = IPv4Network | IPv6Network


@lru_cache(maxsize=1024)
def networks(ranges: tuple[str, ...]) -> tuple[Network, ...]:
    """The ranges that these texts mean (`10.1.0.0/16`, or a single address), worked out once for each list.

    Raises:
        ValueError: where one of them is no range, or has bits set beyond its prefix.
    """
    return tuple(ip_network(text) for text in ranges)


def lies_within(address: str, ranges: tuple[str, ...]) -> bool:
    """Whether the address lies in one of the ranges; never, where either cannot be read."""
    try:
        return _is_in(_read_address(address), networks(ranges))
    except ValueError:
        return False


def source_address(peer: str, forwarded_for: Sequence[str], trusted: tuple[Network, ...]) -> str:
    """The address a request comes from.

    `peer` is the other end of the connection, `forwarded_for` the values of all `X-Forwarded-For` lines in order. They
    are believed only as far as trusted proxies wrote them: the right-most address that is no trusted proxy's.

    Raises:
        Refusal: REQUEST_MALFORMED where a trusted proxy names something that is no address.
    """
    if not trusted or not forwarded_for or not is_trusted(peer, trusted):
        return peer
    hops = [hop.strip(" \t") for line in forwarded_for for hop in line.split(",")]
    for hop in reversed(hops):
        try:
            address = _read_address(hop)
        except ValueError:
            raise Refusal(Reason.REQUEST_MALFORMED, field="X-Forwarded-For") from None
        if not _is_in(address, trusted):
            return str(address)
    return peer  # trusted proxies all the way: whoever began it could write what they liked


def is_trusted(peer: str, trusted: tuple[Network, ...]) -> bool:
    """Whether the other end of a connection is one of the trusted proxies."""
    try:
        return _is_in(_read_address(peer), trusted)
    except ValueError:
        return False


def _read_address(text: str) -> IPv4Address | IPv6Address:
    """The address; an IPv4 one in IPv6 clothes (`::ffff:10.1.2.3`) as what it is."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: IPv4Address | IPv6Address, ranges: tuple[Network, ...]) -> bool:
    return any(address in network for network in ranges)
