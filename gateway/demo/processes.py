"""Starts what the demonstration needs as real processes on loopback, waits until each answers, and ends them all."""

import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

COMMAND = (sys.executable, "-m", "gateway")
_START_S = 90
_END_S = 15
_GIVEN: set[int] = set()


class DemoFailure(Exception):
    """Something did not start or did otherwise than it should; the sentence says what."""


def free_port() -> int:
    """A loopback port that nobody listens on just now, below those that the system gives to outgoing connections.

    None is given twice by one process: who has it may not listen on it yet.
    """
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - any will do
        if port in _GIVEN:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _GIVEN.add(port)
            return port


def claim_port(port: int) -> int:
    """The port itself; whoever listened there already would be sent the keys, and its answers taken for the gateway's."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise DemoFailure(f"--port: cannot listen on 127.0.0.1:{port}: {why}; name another, or none") from None
    return port


@contextlib.contextmanager
def running(arguments: Sequence[str | Path], *, port: int, ready: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Keep one of our long-running commands going; it is ready once GET `ready` on its port answers anything but 5xx."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*COMMAND, *map(str, arguments)], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(process, port, ready, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Return once the process answers; `DemoFailure` with the end of its log if it does not."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", path)
            if connection.getresponse().status < 500:  # noqa: PLR2004 - HTTP's server errors
                return
        time.sleep(0.05)
    raise DemoFailure(f"{' '.join(map(str, process.args[1:]))} did not start:\n{log.read_text()[-2000:]}")  # type: ignore[index]
