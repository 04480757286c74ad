"""HTTP answers that are there in time as a whole, however slowly a server sends them.

The HTTP library's own timeout begins anew with each byte, so a server that sends one a second would hold a caller for as
long as it likes, and nothing would be told. Imports nothing else of the gateway.
"""

import io
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPResponse
from socket import socket
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

FindWay = Callable[[str, str], Callable[[int, float | None], socket] | None]
"""By scheme and host, what opens a connection there, given a port and seconds; None where the library does."""


class TimelyAdapter(HTTPAdapter):
    """For a session: every answer, its head and its body, is read within `whole_s` seconds or not at all.

    What comes too late is the library's own read timeout, an `OSError`. `find_way` is asked how each host is reached.
    """

    def __init__(self, whole_s: float, find_way: FindWay | None = None) -> None:
        self._whole_s, self._find_way = whole_s, find_way
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the library's own
        """Make the library's pools, of connections that keep the time."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_PlainPool, self._whole_s, self._find_way),
            "https": partial(_TlsPool, self._whole_s, self._find_way),
        }


class _PlainPool(HTTPConnectionPool):
    def __init__(self, whole_s: float, find_way: FindWay | None, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        self._whole_s, self._find_way = whole_s, find_way
        super().__init__(*arguments, **options)

    def _new_conn(self) -> Any:  # noqa: ANN401
        connection = super()._new_conn()
        connection.response_class = partial(_TimelyResponse, self._whole_s)  # type: ignore[attr-defined] # of http.client
        way = self._find_way(self.scheme, self.host) if self._find_way else None
        if way is not None:  # the library wraps what this gives in TLS, and verifies the host, as it does its own
            connection._new_conn = lambda: way(connection.port, connection.timeout)  # type: ignore[attr-defined]  # noqa: SLF001
        return connection


class _TlsPool(_PlainPool, HTTPSConnectionPool):
    """The same, with TLS's own connections."""


class _TimelyResponse(HTTPResponse):
    """An answer that is read through a file which knows until when."""

    def __init__(self, whole_s: float, sock: socket, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(cast("socket", _Timed(sock, time.monotonic() + whole_s)), *arguments, **options)


class _Timed:
    """What `HTTPResponse` asks of a socket: a file to read from."""

    def __init__(self, sock: socket, end: float) -> None:
        self._socket, self._end = sock, end

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedFile(self._socket, self._end))


class _TimedFile(io.RawIOBase):
    def __init__(self, sock: socket, end: float) -> None:
        self._socket, self._end = sock, end
        self._step_s = sock.gettimeout()
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - whatever can be written into
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left if self._step_s is None else min(left, self._step_s))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
