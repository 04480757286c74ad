"""Where an OPA server listens, and a connection to it with one deadline for the whole call."""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.errors import ConfigurationError
from gateway.net import AddressInfo, Deadline, DeadlineSocket
from gateway.net import connect as connect_to
from gateway.written_hosts import find_url_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens: `target` as sockets take it; `tls_name` where TLS is spoken, else None."""

    target: AddressInfo
    host: str
    port: int
    tls_name: str | None

    @property
    def place(self) -> str:
        """Where that is, for an operator: a host and its port, or a socket's path."""
        return str(self.target[4]) if self.target[0] == socket.AF_UNIX else f"{self.host}:{self.port}"


def parse_address(url: str) -> Address:
    """The address in `http://host:port`, `https://host:port` or `unix:///path`; names are looked up here, once.

    Raises:
        ConfigurationError: for any other URL, or a name nobody knows.
    """
    fault = None if url.startswith("unix:") else find_url_fault(url)
    if fault:
        raise ConfigurationError([f"the policy engine's URL {fault}"])
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        target = (socket.AF_UNIX, socket.SOCK_STREAM, 0, "", parts.path)
        return Address(target=target, host="localhost", port=80, tls_name=None)
    if parts.scheme not in ("http", "https") or parts.path not in ("", "/"):
        raise ConfigurationError(["the policy engine's URL must be http(s)://host:port or unix:///path"])
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise ConfigurationError(["the policy engine's host name is not known"]) from None
    return Address(target=found, host=str(parts.hostname), port=port, tls_name=parts.hostname if secure else None)


def connect(address: Address, deadline: Deadline) -> DeadlineSocket:
    """A new connection, made and used before the deadline.

    Raises:
        OSError: if nobody listens; TimeoutError, which is one, if the time is over.
    """
    if address.tls_name is None:
        return connect_to([address.target], deadline)
    return connect_to([address.target], deadline, tls=ssl.create_default_context(), name=address.tls_name)
