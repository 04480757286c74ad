"""A server on loopback with a thread for each connection, which ends with all that it has in hand."""

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress


class ThreadedListener(ABC):
    """Hands each connection to `_serve` once it has begun; `over` is set when the test is."""

    def __init__(self) -> None:
        self.connections = 0
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        self._begin(self._accept)

    def close(self) -> None:
        if self.over.is_set():
            return
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    @abstractmethod
    def _serve(self, connection: socket.socket) -> None:
        """Answer on this connection until it ends."""

    def _begin(self, act, *arguments) -> None:
        thread = threading.Thread(target=act, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._begin(self._serve, connection)
