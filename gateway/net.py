"""Addresses and connections: which of them can only mean this machine, and calls that end in time.

Whatever asks "is this loopback?" or "is this another host?" asks here. Imports nothing else of the gateway but the answers' own time.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from requests import Session

_CONNECT_S = 30.0  # where whoever asks sets no time
AddressInfo = tuple[int, int, int, str, Any]
"""One address of a host, as `socket.getaddrinfo` gives it."""


class Tunnels(Protocol):
    """A forward proxy, as what calls other hosts sees it."""

    def serves(self, host: str) -> bool:
        """Whether this host is reached through it."""

    def open_tunnel(self, host: str, port: int, deadline: "Deadline") -> socket.socket:
        """A connection to this host, which no byte has been sent to. Raises OSError where there is none."""

    def refuse_plain(self) -> None:
        """Raises OSError: nothing goes through it that it could read."""


def open_session(ca_file: Path | None = None, *, whole_s: float = 60.0, proxy: Tunnels | None = None) -> "Session":
    """An HTTP session that takes nothing from the environment: no proxy, and no credential of anybody's home.

    It goes through `proxy` where that serves a host. It trusts the authorities in `ca_file`, or else the system's. An answer is there within `whole_s` seconds, or a read
    timeout. Its library is loaded with the first one, since many gateways tell nobody anything over HTTP. Its errors are
    `OSError`s.
    """
    import requests

    from gateway.timely_answers import TimelyAdapter

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, TimelyAdapter(whole_s, None if proxy is None else partial(_find_way, proxy)))
    session.trust_env = False
    session.verify = name_authorities(ca_file) or True
    return session


def _find_way(proxy: Tunnels, scheme: str, host: str) -> Callable[[int, float | None], socket.socket] | None:
    """What opens a connection to this host by a port and within so many seconds; None where it is reached without a proxy."""
    if not proxy.serves(host):
        return None
    if scheme != "https":
        proxy.refuse_plain()

    def open_connection(port: int, seconds: float | None) -> socket.socket:
        connection = proxy.open_tunnel(host, port, Deadline(_CONNECT_S if seconds is None else seconds))
        connection.settimeout(seconds)
        return connection

    return open_connection


def name_authorities(ca_file: Path | None) -> str | None:
    """The file or folder of the authorities to trust: those given, or the system's; None where the system has none.

    The HTTP library's own list is only for that case: else it would trust others than the gateway's other connections.
    """
    if ca_file is not None:
        return str(ca_file)
    system = ssl.get_default_verify_paths()
    return system.cafile or system.capath


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address, as written, can only mean this machine: what plain text is accepted to.

    Names other than `localhost` are not looked up: who answers for a name can change after it was judged.
    """
    if host is None:
        return False
    try:
        return _is_loopback(ipaddress.ip_address(host))
    except ValueError:
        return host == "localhost"


def is_this_host(host: str) -> bool:
    """Whether some address that the host name stands for is one of this machine's own.

    Raises:
        OSError: the name is not known, so nobody can tell.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return any(_is_own(family, address) for family, _, _, _, address in found)


def _is_own(family: int, address: Any) -> bool:  # noqa: ANN401 - the socket's own
    """Only a machine's own address can be bound."""
    number = ipaddress.ip_address(address[0].partition("%")[0])
    if _is_loopback(number) or number.is_unspecified:
        return True
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address[0], 0, *address[2:]))
    except OSError:
        return False
    return True


def _is_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


class Deadline:
    """The instant, on the monotonic clock, that a call must not outlive."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, always above 0.

        Raises:
            TimeoutError: when none is left.
        """
        left = self.count_left()
        if not left:
            raise TimeoutError
        return left

    def count_left(self) -> float:
        """Seconds left, 0 where none is."""
        return max(0.0, self._end - time.monotonic())


_OVER = Deadline(0)


class DeadlineSocket(socket.socket):
    """A socket whose reads and writes all end at its `deadline`.

    A socket's own timeout starts anew with every operation, so a server that sends a byte a second would hold a call for
    as long as it likes. Here an operation gets only what is left of the whole call's time.
    """

    deadline = _OVER

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - the socket's own signature
        """Read what has come, within the time that is left."""
        self.settimeout(self.deadline.remaining())
        return super().recv_into(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        """Send everything, within the time that is left."""
        self.settimeout(self.deadline.remaining())
        super().sendall(*arguments, **options)


class _DeadlineTls(ssl.SSLSocket):
    deadline = _OVER

    def recv_into(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401
        self.settimeout(self.deadline.remaining())
        return super().recv_into(*arguments, **options)

    def send(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401 - `sendall` of TLS is many of these
        self.settimeout(self.deadline.remaining())
        return super().send(*arguments, **options)


def resolve(host: str, port: int, deadline: Deadline) -> Sequence[AddressInfo]:
    """The addresses of a host, in time: the system's resolver knows no deadline, so it is asked on a thread of its own.

    Raises:
        OSError: the name is not known; TimeoutError, which is one, if the time is over.
    """
    answer: list[Sequence[AddressInfo]] = []
    failure: list[OSError] = []

    def ask() -> None:
        try:
            answer.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failure.append(error)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if failure:
        raise failure[0]
    if not answer:
        raise TimeoutError
    return answer[0]


def connect(
    addresses: Sequence[AddressInfo],
    deadline: Deadline,
    *,
    tls: ssl.SSLContext | None = None,
    name: str = "",
    before_tls: Callable[[socket.socket], None] | None = None,
) -> DeadlineSocket:
    """A new connection to the first of these addresses that answers, verified to be `name` where it is TLS.

    `before_tls` is what must be said on it in plain before anything else is.

    Raises:
        OSError: nobody answers, or proves to be another; TimeoutError, which is one, if the time is over.
    """
    connection = _open_first(addresses, deadline, DeadlineSocket if tls is None else partial(_secure, tls, name))
    try:
        connection.deadline = deadline
        if connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if before_tls is not None:
            before_tls(connection)
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(deadline.remaining())  # one timeout for the whole handshake
            connection.do_handshake()
    except BaseException:
        connection.close()
        raise
    return connection


def _secure(tls: ssl.SSLContext, name: str, family: int, kind: int, protocol: int) -> DeadlineSocket:
    """A socket that will speak TLS. One whose peer is gone already would be lost open if it were wrapped only then."""
    tls.sslsocket_class = _DeadlineTls
    plain = socket.socket(family, kind, protocol)
    return cast("DeadlineSocket", tls.wrap_socket(plain, server_hostname=name, do_handshake_on_connect=False))


def _open_first(
    addresses: Sequence[AddressInfo], deadline: Deadline, make: Callable[[int, int, int], DeadlineSocket]
) -> DeadlineSocket:
    """None may use up the time of those after it."""
    last: OSError = OSError("no address")
    for left, (family, kind, protocol, _name, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        candidate = make(family, kind, protocol)
        try:
            candidate.settimeout(deadline.remaining() / left)
            candidate.connect(address)
        except OSError as error:
            candidate.close()
            last = error
        else:
            return candidate
    raise last
