"""What a worker serves that cannot start for want of room on the disk: that nothing can be recorded, to everybody.

Nobody is then kept waiting in the listener's queue, to be served late, when who asked has long gone. After a while it
ends, so that another worker tries to start.
"""

import time
import uuid
from collections.abc import Callable
from socket import socket

import orjson

from gateway.app.bundles import PATH
from gateway.app.disks import find_other_disks
from gateway.app.places import find_existing
from gateway.app.tls import open_tls
from gateway.disclosure import disclose
from gateway.errors import Refusal
from gateway.ledger.space import free_bytes
from gateway.model import Answer
from gateway.ops.board import ReadinessBoard
from gateway.ops.health import LIVE, NOT_READY
from gateway.pep.problem import problem
from gateway.reasons import Reason
from gateway.server.admin import AdminListener, AdminRoute
from gateway.server.head import RequestHead
from gateway.server.service import Service
from gateway.settings import Settings
from gateway.value import replace

_TRIED_AGAIN_S = 5.0
_HEALTH = {"/healthz": LIVE, "/readyz": NOT_READY}


def refuse_without_room(settings: Settings, board: ReadinessBoard, operators: socket, why: str) -> Service:
    """A service that refuses every request with `audit_unavailable`; `why` is told at the operators' `/readyz`."""
    ends = time.monotonic() + _TRIED_AGAIN_S
    admin = AdminListener(operators, _admin_routes(board, lambda: f"{why}; {_tell_room(settings)}"))
    admin.start()
    return Service(
        answer=_refuse,
        on_refused=_record_nothing,
        stop=admin.stop,
        health=lambda method, target: _HEALTH.get(target) if method == "GET" else None,
        is_over=lambda: time.monotonic() >= ends,
        max_body_bytes=settings.server.max_body_bytes,
        tls=open_tls(settings),
    )


def _refuse(_head: RequestHead, _peer: str, _body: Callable[[], bytes], _is_overdue: bool) -> Answer:
    told = disclose([Reason.AUDIT_UNAVAILABLE])
    return problem(told, extensions={"forwarded": False}, request_id=str(uuid.uuid4()))


def _record_nothing(_reason: Reason, _peer: str, note: str) -> None:
    raise Refusal(Reason.AUDIT_UNAVAILABLE, note=note)


def _admin_routes(board: ReadinessBoard, why: Callable[[], str]) -> dict[str, AdminRoute]:
    """As the gateway's own, by what can be said without a ledger: no numbers, and no bundle."""
    nothing = replace(NOT_READY, body=b"")
    return {
        "/healthz": lambda _asked: LIVE,
        "/readyz": lambda _asked: replace(NOT_READY, body=_describe(board, why())),
        "/metrics": lambda _asked: nothing,
        PATH: lambda _asked: nothing,
    }


def _tell_room(settings: Settings) -> str:
    """How much is free on each disk that something is kept on, for whoever is to make room."""
    try:
        ledger = settings.audit.directory
        free = free_bytes(find_existing(ledger)) >> 20
        others = (f"{disk.free_mb} MiB free on {disk.name}" for disk in find_other_disks(settings))
        return "; ".join([f"{free} MiB free on the disk of {ledger} ([audit] directory)", *others])
    except OSError as error:
        return f"how much room there is cannot be asked: {error.strerror}"


def _describe(board: ReadinessBoard, why: str) -> bytes:
    document = {
        "ready": False,
        "checks": {
            "ledger": f"a worker cannot start: {why}; it refuses every request, and another tries every five seconds"
        },
        "workers": board.states(),
        "warnings": board.warnings(),
        "policy": {"revision": None, "counter": 0},
    }
    return orjson.dumps(document)
