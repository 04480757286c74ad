"""A real gunicorn with the gateway's worker on loopback, spoken to over plain sockets."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


class Server:
    """One run of `tests.server.app`; `log` collects the lines on its standard error."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.log: list[str] = []
        command = [sys.executable, "-m", "tests.server.app", str(directory), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read_log)
        self._reader.start()
        self.port = int(self.wait_for(lambda: next(filter(None, map(_LISTENING.search, list(self.log))), None))[1])
        self.pid = self._process.pid

    def wait_for(self, find, seconds: float = 20):
        deadline = time.monotonic() + seconds
        while not (found := find()):
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)
        return found

    def lines(self, name: str) -> list[list]:
        path = self.directory / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def say(self, data: bytes) -> bytes:
        """Send, say that no more will come, and read to the end."""
        with self.connect() as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return read_to_end(connection)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def ended(self, seconds: float) -> int:
        status = self._process.wait(seconds)
        self._reader.join()
        self._process.stderr.close()
        return status

    def stop(self) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGINT)
            self.ended(20)

    def _read_log(self) -> None:
        for line in self._process.stderr:
            self.log.append(line)


def read_to_end(connection: socket.socket) -> bytes:
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def server_with(tmp_path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*options: str) -> Server:
        directory = tmp_path / str(len(started))
        directory.mkdir()
        started.append(Server(directory, *options))
        return started[-1]

    yield start
    for one in started:
        one.stop()
