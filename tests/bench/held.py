"""Those who are slow, and whom they hold up: the first requests after a start, and one vendor while another hangs."""

import contextlib
import http.client
import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.demo.processes import free_port, running
from tests.bench import scene
from tests.bench.load import Address
from tests.bench.peers import nginx

_STALLING = 100
_HANGING = 40


def ask_in_turn(address: Address, count: int) -> float:
    """The 99th percentile of so many searches one after another, in milliseconds, each person in turn."""
    return sorted(_times(address, count))[int(count * 0.99) - 1]


def held_up(folder: Path, seconds: int) -> float:
    """The median at a vendor that answers, while another hangs and a hundred clients stall, to the median before."""
    stub, silent = free_port(), free_port()
    inner = folder / "held"
    inner.mkdir()
    (inner / "facts").symlink_to(folder / "facts")
    with contextlib.ExitStack() as stack:
        stack.enter_context(nginx(inner, stub=stub, peer=free_port(), opa=free_port()))
        stack.enter_context(_vendor_that_hangs(silent))
        config, port, keys = scene.configure(inner, name="held", stub=stub, more=scene.vendor("/slow", silent))
        log = inner / "held.log"
        stack.enter_context(running(("serve", "--config", config), port=port, ready="/readyz", log=log))
        quick = Address(url=scene.lookup_url(port), keys=keys)
        count = 100 * seconds
        _times(quick, count // 4)
        before = statistics.median(_times(quick, count))
        with _crowd(port, keys):
            during = statistics.median(_times(quick, count))
    return during / before


def _times(address: Address, count: int) -> list[float]:
    place, found = urlsplit(address.url), []
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    body = json.dumps(scene.body())
    for number in range(count):
        key = address.keys[number % len(address.keys)]
        start = time.perf_counter()
        connection.request("POST", place.path, body, _headers(key))
        answer = connection.getresponse()
        answer.read()
        found.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"a search was refused with {answer.status}; nothing is measured")
    connection.close()
    return found


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


@contextlib.contextmanager
def _crowd(port: int, keys: tuple[str, ...]) -> Iterator[None]:
    """Searches at the vendor that hangs, and clients that begin a request and say no more, for as long as this lasts."""
    ended, body = threading.Event(), json.dumps(scene.body()).encode()
    lines = ["POST /slow/api/v3/reads/lookup HTTP/1.1", "Host: gateway", f"Content-Length: {len(body)}"]

    def hold(data: bytes) -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(data)
                connection.settimeout(0.5)
                while not ended.is_set():
                    with contextlib.suppress(TimeoutError):
                        if not connection.recv(4096):
                            break

    whole = [
        "\r\n".join([*lines, *(f"{name}: {value}" for name, value in _headers(key).items()), "", ""]).encode() + body
        for key in keys
    ]
    begun = [whole[0][:40], whole[0][:-10]]
    data = [whole[n % len(whole)] for n in range(_HANGING)] + [begun[n % 2] for n in range(_STALLING)]
    threads = [threading.Thread(target=hold, args=(one,), daemon=True) for one in data]
    for thread in threads:
        thread.start()
    time.sleep(2)  # until those that hang hold what they can
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join(10)


@contextlib.contextmanager
def _vendor_that_hangs(port: int) -> Iterator[None]:
    """Accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", port), backlog=512):
        yield
