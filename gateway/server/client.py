"""One client's connection: its socket, what it is doing, and until when it may."""

import hashlib
import socket
import time
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from gateway.server.reader import Received, RequestReader
from gateway.server.tls import TlsConnection

_PIECE = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionDeadlines:
    """Seconds a client may take: over a head, over a body, over reading its answer, and for saying nothing at all."""

    head_s: float = 10.0
    body_s: float = 20.0
    answer_s: float = 30.0
    quiet_s: float = 5.0


class Doing(Enum):
    """What a connection is doing. Only the poller touches one, but while it is `SERVED`, when only its thread does."""

    QUIET = 1
    HEAD = 2
    BODY = 3
    SERVED = 4
    WRITING = 5
    LINGERING = 6
    HANDSHAKE = 7


class Client:
    """A connection. The poller alone opens and closes it, so that no descriptor is closed under another's hands.

    It `is_new` until its first request is whole.
    """

    __slots__ = (
        "certificate",
        "deadline",
        "doing",
        "ends",
        "is_new",
        "linger_bytes",
        "output",
        "peer",
        "reader",
        "sender",
        "sock",
    )

    def __init__(
        self, sock: socket.socket | TlsConnection, peer: str, max_body_bytes: int, deadlines: ConnectionDeadlines
    ) -> None:
        self.sock, self.peer = sock, peer
        self.certificate: bytes | None = None
        self.sender = peer
        self.reader = RequestReader(max_body_bytes)
        self.output = memoryview(b"")
        self.ends, self.is_new = False, True
        self.linger_bytes = 8 * 1024 * 1024
        self.be(Doing.QUIET, deadlines.quiet_s)

    def show(self, certificate: bytes | None) -> None:
        """Whoever holds this certificate is the sender, wherever they are; without one whoever has this address."""
        self.certificate = certificate
        if certificate is not None:
            self.sender = hashlib.sha256(certificate).hexdigest()

    def be(self, doing: Doing, seconds: float) -> None:
        """Do this from now on, for at most so long."""
        self.doing, self.deadline = doing, time.monotonic() + seconds

    def receive(self) -> bytes | None:
        """What has come: empty where no more will, None where there is nothing yet, or only a part of a TLS record."""
        try:
            return self.sock.recv(_PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self, data: bytes | memoryview) -> bool:
        """Send as much as goes at once; whether that was all. The rest is kept.

        Raises:
            OSError: the client is gone.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                self.output = view
                return False
        self.output = memoryview(b"")
        return True


class ClientHandler(Protocol):
    """What becomes of what was read; neither method may wait."""

    def serve(self, client: Client, received: Received) -> None:
        """A request is whole."""
        ...

    def refuse(self, client: Client, note: str) -> None:
        """What came is no request."""
        ...
