"""Syslog over TLS (RFC 5425), without loss although syslog acknowledges nothing.

A receiver may have taken bytes from the network and die before they are on its disk. So what was sent only counts as
received after `settle_s` on a connection that is still good, with nothing unacknowledged by the receiver's system. When a
connection breaks, all that had not settled is sent again; `chain.id` and `chain.seq` let the SIEM keep each record once.
Keep-alive and the user timeout of TCP make a receiver that vanished known well within the default of `settle_s`.
"""

import fcntl
import socket
import ssl
import struct
import termios
import time
from collections.abc import Sequence
from contextlib import suppress

from gateway.net import Deadline, DeadlineSocket, connect, resolve
from gateway.shipping.formats import Format, Record
from gateway.shipping.options import ENDED, SinkOptions
from gateway.shipping.pacing import pace
from gateway.shipping.sinks.sink import AT_ONCE_S, Attempt, Coming, DeliveryState
from gateway.shipping.sinks.syslog_message import frame

_CANNOT_CONNECT = "the syslog receiver cannot be reached"
_NOT_TRUSTED = "the syslog receiver's certificate is not accepted, or ours is not by it"
_NOT_TRUSTED_OR_ASKED = "the syslog receiver's certificate is not accepted, or it asks for one (certificate_file)"
_BROKEN = "the connection to the syslog receiver broke"
_PIECE = 1 << 16
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 25_000),
)


class SyslogSink:
    """One connection, made when there is something to send."""

    def __init__(self, options: SinkOptions, form: Format) -> None:
        self.settle_s = options.settle_s
        self._options, self._form = options, form
        self._socket: DeadlineSocket | None = None
        self._lost: DeliveryState | None = None
        self._made_at = 0.0

    def expect(self, coming: Coming) -> None:
        """Of a message that is cut off nothing is left to be mended: the receiver drops it with its connection."""

    def send(self, batch: Sequence[Record]) -> Attempt:
        """Send these records; where the connection breaks, all of them are left."""
        try:
            connection = self._socket or self._connect()
        except ssl.SSLError as error:
            ours = None if isinstance(error, ssl.SSLCertVerificationError) else self._options.own_fault()
            other = _NOT_TRUSTED if self._options.certificate_file else _NOT_TRUSTED_OR_ASKED
            return Attempt(left=tuple(batch), why=ours or other, hopeless=True)
        except OSError:
            return Attempt(left=tuple(batch), why=_CANNOT_CONNECT)
        try:
            self._write(connection, batch)
        except OSError:
            self._drop()
            return Attempt(left=tuple(batch), why=_BROKEN)
        return Attempt()

    def _write(self, connection: DeadlineSocket, batch: Sequence[Record]) -> None:
        limit = self._options.max_bytes
        frames = memoryview(
            b"".join(frame(record, self._form, limit, embed=self._options.embed) for record in pace(batch))
        )
        for start in range(0, len(frames), _PIECE):
            connection.deadline = Deadline(self._options.timeout_s)
            connection.sendall(frames[start : start + _PIECE])

    def delivery_state(self) -> DeliveryState:
        """Whether all that was sent is acknowledged by the receiver's system, and the connection good."""
        if self._socket is not None and not _is_open(self._socket, self._options.timeout_s):
            self._drop()
        if self._lost is not None:
            lost, self._lost = self._lost, None
            return lost
        if self._socket is not None and _count_unacknowledged(self._socket):
            return DeliveryState.UNKNOWN
        return DeliveryState.ARRIVED

    def close(self) -> None:
        """End the connection in order, so that the receiver reads what is on its way."""
        if self._socket is not None:
            with suppress(OSError, ValueError):
                if isinstance(self._socket, ssl.SSLSocket):
                    self._socket.settimeout(self._options.timeout_s)
                    self._socket.unwrap()
            self._socket.close()
            self._socket = None

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._lost = None, self._judge_break()

    def _judge_break(self) -> DeliveryState:
        if time.monotonic() - self._made_at >= AT_ONCE_S:
            return DeliveryState.LOST
        if not _tls(self._options.url.scheme):
            return DeliveryState.CLOSED
        if self._options.certificate_file is None:
            return DeliveryState.UNSHOWN
        return DeliveryState.OUTDATED if self._options.own_fault() == ENDED else DeliveryState.REFUSED

    def _connect(self) -> DeadlineSocket:
        url, timeout_s = self._options.url, self._options.timeout_s
        host, deadline = str(url.hostname), Deadline(timeout_s)
        tls = _context(self._options) if _tls(url.scheme) else None
        connection = connect(resolve(host, int(url.port or 0), deadline), deadline, tls=tls, name=host)
        for level, option, value in _KEEPALIVE:
            connection.setsockopt(level, option, value)
        self._socket, self._made_at = connection, time.monotonic()
        return connection


def _tls(scheme: str) -> bool:
    return scheme == "tls"


def _context(options: SinkOptions) -> ssl.SSLContext:
    """Only the CA that was named is trusted, where one was; the host name is always compared."""
    context = ssl.create_default_context(cafile=options.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if options.certificate_file:
        context.load_cert_chain(options.certificate_file, options.key_file)
    return context


def _is_open(connection: socket.socket, timeout_s: float) -> bool:
    """Whether the other side has not ended the connection. What it sends is read and ignored: syslog has no answers."""
    connection.settimeout(0)
    try:
        return bool(connection.recv(_PIECE))
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(timeout_s)


def _count_unacknowledged(connection: socket.socket) -> int:
    """Bytes that the receiver's system has not acknowledged."""
    return int(struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))[0])
