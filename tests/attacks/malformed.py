"""Requests that two readers could read in two ways: each is refused by its own name, and nothing of it is repeated."""

from collections.abc import Iterator

from tests.attacks.attempt import Aim, Attempt, unless
from tests.http.bad_requests import ALL, WORD, Bad
from tests.server.hostile import REQUESTS

_EVERY = 3
"""Of what is no HTTP every third: from one address more are counted than told singly."""


def malformed(aim: Aim) -> Iterator[Attempt]:
    """Every request with one fault that this installation has an address for, then what is no HTTP at all."""
    for bad in ALL:
        if bad.target.startswith("/rekor") and aim.rekor is None:
            continue
        yield Attempt(
            kind="one fault in a request",
            title=bad.title,
            must=f"{bad.status} {bad.code}, nothing repeated",
            make=lambda aim, bad=bad: _try(aim, bad),
        )
    for name in list(REQUESTS)[::_EVERY]:
        yield Attempt(
            kind="no proper HTTP",
            title=name,
            must="400 request_framing, nothing repeated",
            make=lambda aim, name=name: _judge(aim, REQUESTS[name][0], 400, "request_framing"),
        )


def _try(aim: Aim, bad: Bad) -> str | None:
    wire = bad.wire(aim.key).replace(b" /flock", b" " + aim.flock.encode(), 1)
    return _judge(aim, wire.replace(b" /rekor", b" " + (aim.rekor or "").encode(), 1), bad.status, bad.code)


def _judge(aim: Aim, wire: bytes, status: int, code: str) -> str | None:
    told = aim.say(wire)
    if len(told) != 1:
        return f"{len(told)} answers"
    text = told[0].body + repr(told[0].headers).encode()
    repeated = any(secret.encode() in text for secret in (WORD, aim.key))
    return unless(told[0], status, code) or ("it repeats what was sent" if repeated else None)
