"""Is it alive, is it ready, how is it doing: the three addresses that leave no record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from gateway.errors import Refusal
from gateway.model import Answer, RawRequest
from gateway.ops.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], str | None]
"""None where all is well, else a plain sentence that holds nothing of any request."""

_NOT_READY = 503
_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`checks` by name must all be well for the gateway to be ready; `warnings` are told beside, and stop nothing."""

    checks: Mapping[str, Check]
    warnings: Callable[[], list[str]]
    metrics: Metrics

    def answer(self, request: RawRequest) -> Answer | None:
        """The answer to `/healthz`, `/readyz` or `/metrics`; None for any other request."""
        if request.method != "GET":
            return None
        if request.target == "/healthz":
            return Answer(status=200, headers=_HEADERS, body=b'{"live":true}')
        if request.target == "/readyz":
            return self._ready()
        if request.target == "/metrics":
            headers = (("Content-Type", CONTENT_TYPE), ("Cache-Control", "no-store"))
            return Answer(status=200, headers=headers, body=self.metrics.exposition())
        return None

    def _ready(self) -> Answer:
        found = {name: _try_check(check) for name, check in self.checks.items()}
        ready = not any(found.values())
        document: dict[str, object] = {
            "ready": ready,
            "checks": {name: trouble or "ok" for name, trouble in found.items()},
        }
        document["warnings"] = self.warnings()
        return Answer(status=200 if ready else _NOT_READY, headers=_HEADERS, body=orjson.dumps(document))


def _try_check(check: Check) -> str | None:
    try:
        return check()
    except Refusal as refusal:
        return refusal.note or refusal.reason.value
    except Exception as error:  # noqa: BLE001 - a check that fails is not ready, whatever it was
        return f"the check itself failed: {type(error).__name__}"
