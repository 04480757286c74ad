"""A forward proxy: how other hosts are reached where the network lets none out but it, and who is reached without it.

It is asked for a tunnel (CONNECT, RFC 9110 §9.3.6), and what is said in the tunnel is TLS from end to end: the proxy learns
a host and a port. Nothing but the asking leaves before it has agreed, and its answer is bounded in time and in size.
"""

import base64
import ipaddress
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.call_faults import ProxyFault, explain_call
from gateway.net import Deadline, DeadlineSocket, connect, is_loopback, resolve

_LONGEST_ANSWER = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r\n")
_END = b"\r\n\r\n"
_GRANTED = range(200, 300)
_UNAUTHENTICATED = 407
_CANNOT = (502, 503, 504)
_CREDENTIALS = re.compile(rb"[^\x00-\x20\x7f:][^\x00-\x1f\x7f:]*:[^\x00-\x1f\x7f]+")
_LONGEST_CREDENTIALS = 1024
_BROKE_OFF = ("breaks off instead of answering CONNECT", "proxy_broke_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardProxy:
    """Where it listens, who is reached without it, and the file of the credentials that are shown to it.

    Of `direct`, a name is that host, `.example` any host whose name ends so, an address or range (`10.0.0.0/8`) any host
    that is written as such an address: names are not looked up, for behind a proxy they often cannot be.
    """

    host: str
    port: int
    direct: tuple[str, ...] = ()
    auth_file: Path | None = None

    @property
    def address(self) -> str:
        """Host and port, as sentences name it."""
        return write_authority(self.host, self.port)

    def serves(self, host: str) -> bool:
        """Whether this host is reached through it; this machine never is."""
        name = host.lower().rstrip(".")
        return not is_loopback(name) and not any(_covers(rule, name) for rule in self.direct)

    def open_tunnel(
        self, host: str, port: int, deadline: Deadline, *, tls: ssl.SSLContext | None = None
    ) -> DeadlineSocket:
        """A connection to this host through it, verified to be that host where TLS begins in it.

        Raises:
            ProxyFault: it gives no tunnel, and why; nothing has been sent to the host.
            OSError: the tunnel is there, and the host does not prove who it is; TimeoutError, which is one, if it is late.
        """
        reached = False

        def ask(connection: socket.socket) -> None:
            nonlocal reached
            reached = True
            self._ask(connection, write_authority(host, port), deadline)

        try:
            addresses = resolve(self.host, self.port, deadline)
            return connect(addresses, deadline, tls=tls, name=host, before_tls=ask)
        except OSError as error:
            if reached:
                raise
            is_late = isinstance(error, TimeoutError)
            note = "proxy_late" if is_late else "proxy_not_reached"
            raise self._blame(f"cannot be reached: {explain_call(error)}", note, is_late=is_late) from error

    def refuse_plain(self) -> None:
        """What is not TLS does not go through it.

        Raises:
            ProxyFault: always.
        """
        raise self._blame("is not used for plain http, which it could read", "proxy_not_for_plain_http")

    def _ask(self, connection: socket.socket, authority: str, deadline: Deadline) -> None:
        """Have it connect to a host. What comes after its answer is the host's, and a host says nothing before it is asked."""
        try:
            self._send(connection, authority, deadline)
            answer = self._read(connection, deadline)
        except TimeoutError as error:
            raise self._blame("gives no answer to CONNECT in time", "proxy_late", is_late=True) from error
        except ProxyFault:
            raise
        except OSError as error:
            raise self._blame(*_BROKE_OFF) from error
        status = _STATUS.match(answer)
        if status is not None and int(status[1]) not in _GRANTED:
            raise self._tell_refusal(int(status[1]))
        if status is None or answer.index(_END) + len(_END) < len(answer):
            raise self._blame("does not answer CONNECT as a proxy does: is it one?", "proxy_answer_unusable")

    def _send(self, connection: socket.socket, authority: str, deadline: Deadline) -> None:
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", *self._authorization(), "", ""]
        connection.settimeout(deadline.remaining())
        # By the socket below: one that will speak TLS in the tunnel does not speak it to the proxy.
        socket.socket.sendall(connection, "\r\n".join(lines).encode("ascii"))

    def _read(self, connection: socket.socket, deadline: Deadline) -> bytes:
        """What it answers, with the end of its head in it."""
        answer, buffer = b"", bytearray(_LONGEST_ANSWER)
        while _END not in answer:
            connection.settimeout(deadline.remaining())
            count = socket.socket.recv_into(connection, buffer)
            if not count:
                raise self._blame(*_BROKE_OFF)
            answer += buffer[:count]
            if len(answer) > _LONGEST_ANSWER:
                raise self._blame("answers CONNECT without end", "proxy_answer_unusable")
        return answer

    def _tell_refusal(self, status: int) -> ProxyFault:
        if status == _UNAUTHENTICATED:
            asks = "asks for credentials: name them in [outbound] proxy_auth_file"
            told = asks if self.auth_file is None else f"does not accept the credentials in {self.auth_file}"
        elif status in _CANNOT:
            told = "cannot reach it either"
        else:
            told = "does not let this gateway reach it: ask who keeps the proxy to allow that host and port"
        return self._blame(f"{told} (it answered {status})", f"proxy_answered_{status}")

    def _authorization(self) -> list[str]:
        """Read for each tunnel: credentials that were renewed count at once."""
        if self.auth_file is None:
            return []
        try:
            shown = base64.b64encode(read_credentials(self.auth_file)).decode("ascii")
        except (OSError, ValueError):
            raise self._blame(f"is not asked: {self.auth_file} cannot be used", "proxy_auth_file_unusable") from None
        return [f"Proxy-Authorization: Basic {shown}"]

    def _blame(self, told: str, note: str, *, is_late: bool = False) -> ProxyFault:
        return ProxyFault(f"the proxy {self.address} {told}", note, is_late=is_late)


def read_credentials(path: Path) -> bytes:
    """What is in the file of the credentials, `user:password`, without blanks and line ends after it.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no such thing; the sentence says what it must hold, and nothing of what it does.
    """
    credentials = path.read_bytes().rstrip(b" \t\r\n")
    if len(credentials) > _LONGEST_CREDENTIALS or _CREDENTIALS.fullmatch(credentials) is None:
        raise ValueError("must hold one line, user:password")
    return credentials


def write_authority(host: str, port: int) -> str:
    """Host and port in one, as CONNECT names them."""
    name = host if host.isascii() else host.encode("idna").decode("ascii")
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _covers(rule: str, name: str) -> bool:
    """Whether a rule of `direct` is about the host of this name."""
    if rule.startswith("."):
        return name.endswith(rule.lower())
    with suppress(ValueError):
        return ipaddress.ip_address(name) in ipaddress.ip_network(rule, strict=False)
    return name == rule.lower().rstrip(".")
