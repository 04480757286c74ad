"""Too much and too slow: what a key, or nobody at all, can do to everybody else; bounded in count and time."""

import contextlib
import socket
import time
from collections.abc import Iterator

from tests.attacks.attempt import Aim, Attempt, unless

_STALLING = 60
_REPEATED = 300
_WAIT_S = 5.0


def loads(_aim: Aim) -> Iterator[Attempt]:
    """Attempts at keeping others from being served, and at reading what operators alone may."""
    yield Attempt(
        kind="load",
        title=f"{_STALLING} clients that begin a request and wait",
        must=f"health and a search are answered within {_WAIT_S:g} s",
        make=_stall,
    )
    yield Attempt(kind="load", title=f"{_REPEATED} requests in a row", must="200 or 429, never an error", make=_repeat)
    for target in ("/metrics", "/metrics/", "/gateway/metrics", "/bundles/lpr.tar.gz"):
        yield Attempt(
            kind="operators' addresses",
            title=f"{target} at the officers' listener",
            must="not answered there",
            make=lambda aim, target=target: _unless_hidden(aim, target),
        )
    yield Attempt(
        kind="operators' addresses",
        title="readiness at the officers' listener",
        must="its status, and no detail",
        make=lambda aim: None if len(aim.ask("GET", "/readyz").body) <= 64 else "it tells details",
    )


def _stall(aim: Aim) -> str | None:
    head = f"POST {aim.flock}/api/v3/reads/lookup HTTP/1.1\r\nHost: gateway\r\nContent-Le".encode()
    with contextlib.ExitStack() as held:
        for _ in range(_STALLING):
            wire = held.enter_context(socket.create_connection(("127.0.0.1", aim.port), timeout=_WAIT_S))
            wire.sendall(head)
        began = time.monotonic()
        health, search = aim.ask("GET", "/healthz"), aim.search()
        took = time.monotonic() - began
    return unless(health, 200) or unless(search, 200) or (None if took < _WAIT_S else f"it took {took:.1f} s")


def _repeat(aim: Aim) -> str | None:
    bearer = {"Authorization": f"Bearer {aim.key}"}
    seen = {aim.ask("GET", "/gateway/whoami", headers=bearer).status for _ in range(_REPEATED)}
    return None if seen <= {200, 429} else f"answered {sorted(seen)}"


def _unless_hidden(aim: Aim, target: str) -> str | None:
    answer = aim.ask("GET", target)
    return None if answer.status in (401, 403, 404) else f"{answer.status}"
