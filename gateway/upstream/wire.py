"""A connection to a vendor, and what `http.client` reads from it."""

import io
import select
import socket
import ssl
from typing import Any, cast

from gateway import net
from gateway.call_faults import ProxyFault
from gateway.forward_proxy import ForwardProxy
from gateway.net import Deadline, DeadlineSocket
from gateway.reasons import Reason
from gateway.upstream.failures import VendorFailure
from gateway.upstream.options import Origin

_LOOK = 32 * 1024


def connect(
    origin: Origin, tls: ssl.SSLContext | None, deadline: Deadline, proxy: ForwardProxy | None = None
) -> DeadlineSocket:
    """A new connection, verified where it is TLS; through the proxy where there is one.

    Raises:
        VendorFailure: unreachable or late, by the vendor's fault or the proxy's; nothing has been sent.
    """
    try:
        if proxy is not None:
            return _open_tunnel(proxy, origin, tls, deadline)
        addresses = net.resolve(origin.host, origin.port, deadline)
        return net.connect(addresses, deadline, tls=tls, name=origin.host)
    except ProxyFault as fault:
        reason = Reason.VENDOR_LATE if fault.is_late else Reason.VENDOR_UNREACHABLE
        raise VendorFailure(reason, fault.note, sent=False) from fault
    except TimeoutError as error:
        raise VendorFailure(Reason.VENDOR_LATE, "connecting", sent=False) from error
    except ssl.SSLError as error:
        raise VendorFailure(Reason.VENDOR_UNREACHABLE, "tls_not_verified", sent=False) from error
    except OSError as error:
        raise VendorFailure(Reason.VENDOR_UNREACHABLE, "not_connected", sent=False) from error


def _open_tunnel(proxy: ForwardProxy, origin: Origin, tls: ssl.SSLContext | None, deadline: Deadline) -> DeadlineSocket:
    if tls is None:
        proxy.refuse_plain()
    return proxy.open_tunnel(origin.host, origin.port, deadline, tls=tls)


def is_stale(connection: socket.socket) -> bool:
    """Whether a connection kept idle has been closed by the vendor, or holds bytes that nobody asked for."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


class Incoming(io.RawIOBase):
    """One answer's bytes. `received` counts them; `surplus` tells that more arrived than the answer's framing announced."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._finished = False
        self._ahead = b""
        self.received = 0
        self.surplus = False

    def look(self) -> bytes:
        """What has come first, at most 32 KiB; it is read again by whoever reads next."""
        buffer = bytearray(_LOOK)
        self.received = self._connection.recv_into(buffer)
        self._ahead = bytes(memoryview(buffer)[: self.received])
        return self._ahead

    def take(self, start: int, length: int) -> bytes:
        """So many bytes from a place in what `look` gave, and nothing after them.

        Raises:
            ValueError: the connection ended before.
        """
        body = bytearray(self._ahead[start : start + length])
        self.surplus = len(self._ahead) > start + length
        have = len(body)
        body += bytes(length - have)
        with memoryview(body) as whole:
            while have < length:
                count = self._connection.recv_into(whole[have:])
                if not count:
                    raise ValueError("cut short")
                have += count
        return bytes(body)

    def readable(self) -> bool:  # noqa: D102 - as in io.RawIOBase
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401, D102 - as in io.RawIOBase
        if self._finished:
            return 0
        if self._ahead:
            count = min(len(buffer), len(self._ahead))
            buffer[:count], self._ahead = self._ahead[:count], self._ahead[count:]
            return count
        count = self._connection.recv_into(buffer)
        self.received += count
        return count

    def as_socket(self) -> socket.socket:
        """Itself, as `http.client.HTTPResponse` asks for it: of a socket it uses only `makefile`."""
        return cast("socket.socket", self)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The one reader over this answer."""
        return _Reader(self)

    def finish(self, reader: io.BufferedReader) -> None:
        """Note what the reader holds beyond the answer, without waiting for more."""
        self._finished = True
        self.surplus = bool(reader.peek(1))


class _Reader(io.BufferedReader):
    """`HTTPResponse` closes its reader when the answer is complete, and what is then left in the buffer would be lost."""

    def __init__(self, incoming: Incoming) -> None:
        super().__init__(incoming)
        self._incoming = incoming

    def close(self) -> None:
        if not self.closed:
            self._incoming.finish(self)
        super().close()
