"""`/bundles/lpr.tar.gz` on the operators' listener: the policy in force, as OPA servers fetch it and wait for it."""

import re
import threading
import time

from joserfc.jwk import ECKey

from gateway.app.policy import LivePolicy
from gateway.lifecycle.opa_bundle import sign_bundle
from gateway.model import Answer
from gateway.server.admin import AdminRequest

PATH = "/bundles/lpr.tar.gz"
_LONG_POLL = "application/vnd.openpolicyagent.bundles"
_WAIT = re.compile(r"(?:^|[;,\s])wait=(\d{1,4})")
_LONGEST_S = 60.0
_STEP_S = 0.1
_SETTLED_S = 5.0
"""So long a worker may take to take up an act; what it cannot take up leaves the policy before it in force."""


class BundleEndpoint:
    """Answers OPA: the signed bundle, or 304 once the time it waits for a change is over.

    OPA asks now this worker and now that. So one that has not taken up yet what the history says gives no other policy than OPA
    has: it would have it take the one before back, and workers that go by the new one refuse searches meanwhile.
    """

    def __init__(self, policy: LivePolicy, key: ECKey) -> None:
        self._policy, self._key = policy, key
        self._lock = threading.Lock()
        self._packed: tuple[str, bytes] | None = None

    def answer(self, asked: AdminRequest) -> Answer:
        """The bundle of the policy in force; 404 while everything is stopped."""
        until = time.monotonic() + _find_wait(asked.headers.get("prefer", ""))
        known = asked.headers.get("if-none-match", "").strip('"')
        while known and self._revision() == known and time.monotonic() < until:
            time.sleep(_STEP_S)
        settled = time.monotonic() + _SETTLED_S
        while self._revision() != known and not self._policy.is_current() and time.monotonic() < settled:
            time.sleep(_STEP_S)
        revision = self._revision()
        headers = (("Content-Type", _LONG_POLL), ("ETag", f'"{revision}"'), ("Cache-Control", "no-store"))
        if revision is None:
            return Answer(status=404, headers=headers[:1], body=b"")
        if revision == known:
            return Answer(status=304, headers=headers, body=b"")
        return Answer(status=200, headers=headers, body=self._pack(revision))

    def _revision(self) -> str | None:
        bundle = self._policy.wanted.bundle
        return bundle.revision if bundle else None

    def _pack(self, revision: str) -> bytes:
        """Signed once a policy."""
        with self._lock:
            bundle = self._policy.wanted.bundle
            if (self._packed is None or self._packed[0] != revision) and bundle is not None:
                self._packed = (bundle.revision, sign_bundle(bundle, self._key))
            return self._packed[1] if self._packed else b""


def _find_wait(prefer: str) -> float:
    match = _WAIT.search(prefer)
    return min(float(match[1]), _LONGEST_S) if match else 0.0
