"""What the gateway that runs says of itself, asked as monitoring asks it: its clock and its workers only it can judge."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.settings import Settings

_PATIENCE_S = 12.0  # longer than a database that hangs keeps a check waiting
_TRIES = 2
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only asked about, never bound


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningState:
    """What keeps it from being ready, a sentence each, and the warnings that it shows (alarms of the last minutes).

    `policy_counter` is the act of policy that it decides by; 0: the folder of the settings. `started_with` are digests of what it
    was started with; none where it does not say so.
    """

    troubles: tuple[str, ...]
    warnings: tuple[str, ...]
    policy_counter: int
    started_with: Mapping[str, str] = field(default_factory=dict)


def ask_running(settings: Settings, patience_s: float = _PATIENCE_S) -> RunningState | None:
    """What it answers at `/readyz` on `[admin] bind`; None where no gateway answers there.

    Asked once more where the connection broke: a worker that ends takes those in its hands along, and another answers.
    """
    for _ in range(_TRIES):
        try:
            return _ask(settings, patience_s)
        except (ConnectionError, http.client.HTTPException):
            continue
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            break
    return None


def _ask(settings: Settings, patience_s: float) -> RunningState:
    host, _, port = settings.admin.bind.rpartition(":")
    host = host.strip("[]")
    connection = http.client.HTTPConnection(_EVERYWHERE.get(host, host), int(port), timeout=patience_s)
    try:
        connection.request("GET", "/readyz")
        answer: Any = orjson.loads(connection.getresponse().read())
        return _read(answer)
    finally:
        connection.close()


def _read(answer: Mapping[str, Any]) -> RunningState:
    """The worker that answers says what it lacks itself, and of each other whether it is ready."""
    troubles = [f"{name}: {said}" for name, said in answer["checks"].items() if said != "ok"]
    if not troubles:
        unready = (name for name, state in answer["workers"].items() if state == "not ready")
        troubles = [f"worker {name}: its log says which check fails (not_ready)" for name in unready]
    return RunningState(
        troubles=tuple(troubles),
        warnings=tuple(map(str, answer["warnings"])),
        policy_counter=int(str(answer["policy"]["counter"])),
        started_with=dict(answer.get("started_with", {})),
    )
