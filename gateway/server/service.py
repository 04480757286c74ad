"""What one worker runs, as the worker knows it: functions that answer, and what they may not share with another process."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.model import Answer
from gateway.reasons import Reason
from gateway.server.connection_counts import ConnectionCounts
from gateway.server.head import RequestHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What one worker runs, made in that worker: engines, connections and ledger must not cross a fork.

    `answer(head, peer_ip, body, is_overdue)` answers one request; `body` reads its body. `health(method, target)` answers
    at once and without waiting, or says None. `lane(head, sender)` names the vendor that a request is for, and its sender:
    `sender`, where the head shows no credential.
    `on_refused(reason, peer_ip, note)` records what was refused before it was a request; if it raises, the client is
    told that nothing can be recorded. `warm` runs on each thread before it serves. `stop` closes what the service
    holds; requests are over by then, or have used up the time they had. `is_over`: it has nothing more to do, and its worker
    may end. `tls`: connections begin with a handshake. `counts`:
    shared by all workers, so that connections are.
    """

    answer: Callable[[RequestHead, str, Callable[[], bytes], bool], Answer]
    on_refused: Callable[[Reason, str, str], None]
    stop: Callable[[], None]
    is_over: Callable[[], bool] = lambda: False
    health: Callable[[str, str], Answer | None] = lambda _method, _target: None
    lane: Callable[[RequestHead, str], tuple[str, str]] = lambda _head, sender: ("", sender)
    warm: Callable[[], None] = lambda: None
    max_body_bytes: int
    vendors: int = 1
    counts: ConnectionCounts = field(default_factory=lambda: ConnectionCounts(1))
    tls: ssl.SSLContext | None = None
