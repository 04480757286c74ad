"""The production engine: a real OPA server that holds the policy as a bundle.

Only the one call that every request waits for is made here, over connections that are kept; everything else that is
asked of OPA goes through `opa_status`. OPA says with each answer which bundle gave it, and is held to it.
"""

import json
import os
import time
import weakref
from collections import deque
from http.client import HTTPException, HTTPResponse
from typing import Any

from gateway.errors import Refusal
from gateway.model import Decision
from gateway.net import Deadline, DeadlineSocket
from gateway.pdp.decision import Expected, parse_decision
from gateway.pdp.engine import PROBE
from gateway.pdp.opa.address import Address, connect, parse_address
from gateway.pdp.opa.status import OpaStatus
from gateway.pdp.reason_book import GATEWAY_REASONS, ReasonBook
from gateway.reasons import Reason
from gateway.turns import TURN

_LARGEST_ANSWER = 1 << 20
_OK = 200


class OpaEngine:
    """Decides by asking OPA. It may be made before a fork: each process makes connections of its own."""

    def __init__(
        self, url: str, revision: str, *, deadline_s: float, reason_book: ReasonBook = GATEWAY_REASONS
    ) -> None:
        """`url` is `http://host:port`, `https://host:port` or `unix:///path`; `revision` the bundle that must answer.

        `reason_book` holds the reasons that it may give.

        Raises:
            ConfigurationError: for an address that cannot be one. Whether OPA is there is `health`'s to say.
        """
        self._address = parse_address(url)
        self._head = _head(self._address)
        self._revision, self._reason_book = revision, reason_book
        self._deadline_s = deadline_s
        self._status = OpaStatus(self._address, deadline_s=deadline_s)
        self._idle: deque[tuple[int, DeadlineSocket]] = deque()
        weakref.finalize(self, _close, self._idle)

    def decide(self, input_text: str) -> Decision:
        """The decision on this input, or a refusal within the deadline."""
        started = time.perf_counter_ns()
        answer = _object(_parse(self._answer(input_text)))
        expected = self._check_revision(_object(answer.get("provenance")))
        if "result" not in answer:
            raise Refusal(Reason.ENGINE_UNDEFINED, note="OPA answered without a result")
        return parse_decision(answer["result"], expected, duration_us=(time.perf_counter_ns() - started) // 1000)

    def warm(self) -> None:
        """Nothing: a connection is made where none is kept, in less time than one decision takes."""

    def health(self) -> Refusal | None:
        """None if OPA is up, its bundle is active and the expected one, and it denies an input that knows nothing."""
        try:
            self._status.require_healthy()
            allowed = self.decide(PROBE).allow
        except Refusal as refusal:
            return self._explain_mismatch(refusal) if refusal.reason is Reason.POLICY_REVISION_MISMATCH else refusal
        return Refusal(Reason.ENGINE_UNDEFINED, note="an input that knows nothing is allowed") if allowed else None

    def _explain_mismatch(self, refusal: Refusal) -> Refusal:
        """With what OPA says where it keeps to another bundle because it cannot take up the newest."""
        said = self._status.tell_bundles()
        if not said.startswith("of bundle "):
            return refusal
        held = "OPA holds another policy than the one in force, and did not take up the newest"
        return Refusal(refusal.reason, note=f"{held}: {said}")

    def _check_revision(self, provenance: dict[str, Any]) -> Expected:
        """Exactly one bundle, of the expected revision; two mean that something was put beside the policy."""
        bundles = list(_object(provenance.get("bundles")).values())
        if bundles != [{"revision": self._revision}]:
            raise Refusal(Reason.POLICY_REVISION_MISMATCH)
        return Expected(
            engine="opa",
            engine_version=f"OPA {str(provenance.get('version'))[:40]}",
            revision=self._revision,
            reason_book=self._reason_book,
        )

    def _answer(self, input_text: str) -> bytes:
        body = b'{"input":' + input_text.encode() + b"}"
        request = self._head + str(len(body)).encode() + b"\r\n\r\n" + body
        try:
            with TURN.wait():
                return self._exchange(request, Deadline(self._deadline_s))
        except TimeoutError:
            raise Refusal(Reason.ENGINE_LATE) from None
        except (OSError, HTTPException):
            raise Refusal(Reason.ENGINE_UNAVAILABLE, note=f"no answer from {self._address.place}") from None

    def _exchange(self, request: bytes, deadline: Deadline) -> bytes:
        """One call; once more over a new connection if OPA had closed the kept one meanwhile."""
        kept = self._take_kept()
        if kept is not None:
            try:
                return self._call(kept, request, deadline)
            except ConnectionError:
                pass
        return self._call(connect(self._address, deadline), request, deadline)

    def _call(self, connection: DeadlineSocket, request: bytes, deadline: Deadline) -> bytes:
        """Send, read, keep the connection: but only after one whole answer, lest the next input meets this one's."""
        response = HTTPResponse(connection)
        kept = False
        try:
            connection.deadline = deadline
            connection.sendall(request)
            response.begin()
            answer = response.read(_LARGEST_ANSWER)
            whole = response.isclosed()
            if whole and not response.will_close:
                self._idle.append((os.getpid(), connection))
                kept = True
        finally:
            response.close()
            if not kept:
                connection.close()
        if response.status != _OK or not whole:
            raise Refusal(Reason.ENGINE_UNDEFINED, note="OPA gave no usable answer")
        return answer

    def _take_kept(self) -> DeadlineSocket | None:
        """An idle connection, given out once: who uses it puts it back. A parent process's is not ours to use."""
        while True:
            try:
                process, connection = self._idle.pop()
            except IndexError:
                return None
            if process == os.getpid():
                return connection
            connection.close()


def _close(idle: deque[tuple[int, DeadlineSocket]]) -> None:
    for _, connection in idle:
        connection.close()


def _head(address: Address) -> bytes:
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = (
        "POST /v1/data/lpr/decision?provenance=true HTTP/1.1",
        f"Host: {host}:{address.port}",
        "Content-Type: application/json",
        "Content-Length: ",
    )
    return "\r\n".join(lines).encode()


def _parse(answer: bytes) -> object:
    try:
        document: object = json.loads(answer)
    except (ValueError, RecursionError):
        raise Refusal(Reason.ENGINE_UNDEFINED, note="OPA's answer is no JSON") from None
    return document


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(Reason.ENGINE_UNDEFINED, note="OPA's answer lacks a part")
    return value
