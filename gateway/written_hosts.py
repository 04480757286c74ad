"""What keeps the written name of a host, or a URL, from naming a place that can be called.

Whatever takes such a text from a settings file asks here before it is used: that nobody is there would else show only
with the first alarm, or the first record, that reaches nobody.
"""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from gateway.unseen import name_character

_NAME = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_END = re.compile(r"[/?#]")
_NUMBERS = re.compile(r"[0-9.]+")
_LONGEST = 254


def find_url_fault(url: str) -> str | None:
    """The end of a sentence about a URL: what must be otherwise before its host and port can be called; None where nothing."""
    if odd := find_odd_character(url):
        return f"must be without {odd}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return _tell_no_place(url)
    if host is None or not is_host(host) or _is_port_amiss(parts):
        return _tell_no_place(url)
    return None


def find_odd_character(text: str) -> str | None:
    """The first character that no address holds, by place and name: a space, one that cannot be seen, or one beyond ASCII; None where there is none."""
    found = next((at for at, one in enumerate(text) if one == " " or not (one.isascii() and one.isprintable())), None)
    return None if found is None else name_character(text, found)


def is_host(host: str) -> bool:
    """Whether this is an IP address, or a name as hosts have it; not whether there is such a host."""
    if ":" in host or _NUMBERS.fullmatch(host):
        return _is_address(host)
    return len(host) <= _LONGEST and _NAME.fullmatch(host) is not None


def _is_address(host: str) -> bool:
    """An address of numbers as the system takes it, also one written short."""
    try:
        ipaddress.ip_address(host) if ":" in host else socket.inet_aton(host)
    except (OSError, ValueError):
        return False
    return True


def _is_port_amiss(parts: SplitResult) -> bool:
    return parts.port == 0 or parts.netloc.endswith(":")


def _tell_no_place(url: str) -> str:
    place = _END.split(url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2]  # nothing that may be secret
    return f"must name a host, and a port from 1 to 65535 if any, as alerts.agency.example:8443; {place!r} is none"
