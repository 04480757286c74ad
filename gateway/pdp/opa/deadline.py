"""A connection with one deadline for the whole call.

A socket's own timeout starts anew with every byte; a server that sends a byte a second would hold a request for ever.
Here the time that is left is all that any wait may take.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from gateway.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens: `family` and `target` as sockets take them; `tls_name` where TLS is spoken, else None."""

    family: socket.AddressFamily
    target: Any
    host: str
    port: int
    tls_name: str | None


def parse_address(url: str) -> Address:
    """The address in `http://host:port`, `https://host:port` or `unix:///path`; names are looked up here, once.

    Raises:
        ConfigurationError: for any other URL, or a name nobody knows.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return Address(family=socket.AF_UNIX, target=parts.path, host="localhost", port=80, tls_name=None)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ConfigurationError(["the policy engine's URL must be http(s)://host:port or unix:///path"])
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    try:
        family, _, _, _, target = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise ConfigurationError(["the policy engine's host name is not known"]) from None
    return Address(
        family=family, target=target, host=parts.hostname, port=port, tls_name=parts.hostname if secure else None
    )


class DeadlineSocket(socket.socket):
    """A socket whose reads and writes all end at `deadline`, a reading of `time.monotonic()`."""

    deadline = 0.0

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - the socket's own signature
        """Read what has come, within the time that is left."""
        self.settimeout(_time_left(self.deadline))
        return super().recv_into(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        """Send everything, within the time that is left."""
        self.settimeout(_time_left(self.deadline))
        super().sendall(*arguments, **options)


class _DeadlineTls(ssl.SSLSocket):
    deadline = 0.0

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401
        self.settimeout(_time_left(self.deadline))
        return super().recv_into(*arguments, **options)

    def send(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - `sendall` of TLS is many of these
        self.settimeout(_time_left(self.deadline))
        return super().send(*arguments, **options)


def connect(address: Address, deadline: float) -> "DeadlineSocket | _DeadlineTls":
    """A new connection, made and used before the deadline.

    Raises:
        OSError: if nobody listens; TimeoutError, which is one, if the time is over.
    """
    connection = DeadlineSocket(address.family, socket.SOCK_STREAM)
    try:
        connection.deadline = deadline
        connection.settimeout(_time_left(deadline))
        connection.connect(address.target)
        if address.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection if address.tls_name is None else _secure(connection, address.tls_name)
    except BaseException:
        connection.close()
        raise


def _secure(connection: DeadlineSocket, name: str) -> _DeadlineTls:
    context = ssl.create_default_context()
    context.sslsocket_class = _DeadlineTls
    secured = cast("_DeadlineTls", context.wrap_socket(connection, server_hostname=name))
    secured.deadline = connection.deadline
    return secured


def _time_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
