"""Takes from the listener the connections that are this worker's share."""

import socket
import time
from collections.abc import Iterator

from gateway.server.connection_counts import ConnectionCounts

LOOK_AGAIN_S = 0.001
_LEFT_S = 0.002


class Acceptor:
    """Takes what waits while no other worker holds fewer. What a busy one leaves waiting is taken all the same, one by one.

    The listener tells every worker of each connection once; while one is left, this is to be asked every `LOOK_AGAIN_S`.
    """

    def __init__(self, listener: socket.socket, counts: ConnectionCounts) -> None:
        listener.setblocking(False)
        self._listener, self._counts = listener, counts
        self._since: float | None = None
        counts.post(0)

    def fileno(self) -> int:
        """The listener's, for whoever waits for it."""
        return self._listener.fileno()

    def count(self, held: int) -> None:
        """Tell the other workers how many connections this one holds."""
        self._counts.post(held)

    def end(self) -> None:
        """Take no more, and tell them so."""
        self._since = None
        self._counts.post_none()

    @property
    def is_waited_for(self) -> bool:
        """Whether a connection may wait."""
        return self._since is not None

    def note_arrival(self) -> None:
        """The listener told of a connection."""
        self._since = self._since or time.monotonic()

    def take_share(self, now: float) -> Iterator[tuple[socket.socket, object]]:
        """Connections with their addresses; each must be counted before the next is asked for."""
        is_left = now - (self._since or now) >= _LEFT_S
        while is_left or self._counts.is_fewest():
            try:
                taken = self._listener.accept()
            except BlockingIOError:
                self._since = None
                return
            except OSError:  # gone again, or no file is left: looked at once more
                return
            yield taken
            self._since, is_left = now, False
