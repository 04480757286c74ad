"""Decides by a candidate policy beside the one in force, for the record alone: no answer follows it."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.records.event import Body, admin_record
from gateway.model import Decision, Json
from gateway.pdp import Bundle, EmbeddedEngine, load_policies
from gateway.pep.ports import EnginePort

_MOST_WAITING = 1000
_WAIT_S = 0.2
_SLOWEST_S = 0.05
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCandidate:
    """The candidate once it is compiled."""

    bundle: Bundle
    engine: EmbeddedEngine


class ShadowPolicy:
    """Holds decisions up to a candidate, on a thread of its own, and records where it would have decided otherwise.

    At most a thousand wait; what comes while they do is counted and not looked at. The candidate is read and compiled
    on that thread too; one that cannot be used is told in the log and decides nothing. While it decides, the engine
    holds up the process's other threads, so one that once takes longer than a twentieth of a second is given up.
    """

    def __init__(
        self,
        directory: Path,
        record: Callable[[Body], object],
        count: Callable[[str], None],
        slowest_s: float = _SLOWEST_S,
    ) -> None:
        self._slowest_s = slowest_s
        self._directory, self._record, self._count = directory, record, count
        self._waiting: queue.Queue[tuple[str, Decision]] = queue.Queue(_MOST_WAITING)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, with what still waits not looked at."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def offer(self, input_text: str, decision: Decision) -> None:
        """Leave a decision to be looked at. Returns at once, and raises nothing."""
        try:
            self._waiting.put_nowait((input_text, decision))
        except queue.Full:
            self._count("dropped")

    def _work(self) -> None:
        candidate = self._load()
        while candidate is not None and not self._ended.is_set():
            try:
                input_text, decision = self._waiting.get(timeout=_WAIT_S)
            except queue.Empty:
                continue
            began = time.thread_time()
            try:
                self._count(self._compare(candidate, input_text, decision))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the candidate's, and the next is looked at
                self._count("failed")
                _log.error("shadow_failed", error=type(error).__name__)
            if time.thread_time() - began > self._slowest_s:
                _log.error("shadow_given_up", trouble=f"one decision took longer than {self._slowest_s:g} s")
                return

    def _load(self) -> ShadowCandidate | None:
        try:
            bundle = load_policies(self._directory)
            engine = EmbeddedEngine(bundle)
            engine.warm()
            return ShadowCandidate(bundle=bundle, engine=engine)
        except (ConfigurationError, OSError, Refusal) as error:
            _log.error("shadow_not_loaded", trouble=str(error))
            return None

    def _compare(self, candidate: ShadowCandidate, input_text: str, decision: Decision) -> str:
        """`same` or `differs`; a verdict, reasons or obligations that differ are put on record."""
        now = _verdict(decision)
        try:
            then = _verdict(candidate.engine.decide(input_text))
        except Refusal as refusal:
            then = {"decision": "error", "reasons": [refusal.reason.value], "obligations": []}
        if now == then:
            return "same"
        self._record(
            admin_record(
                "policy.shadow_differed",
                request_id=str(orjson.loads(input_text)["request"]["id"]),
                input_sha256=sha256(input_text.encode()).hexdigest(),
                policy_revision=decision.policy_revision,
                candidate_revision=candidate.bundle.revision,
                in_force=now,
                candidate=then,
                what=f"{_tell(now)}; the candidate: {_tell(then)}",
            )
        )
        return "differs"


class ShadowedEngine:
    """The engine in force, whose every decision is then left to a shadow as well."""

    def __init__(self, engine: EnginePort, shadow: ShadowPolicy) -> None:
        self._engine, self._shadow = engine, shadow

    def warm(self) -> None:
        """As the engine in force does."""
        self._engine.warm()

    def decide(self, input_text: str) -> Decision:
        """As the engine in force decides."""
        decision = self._engine.decide(input_text)
        self._shadow.offer(input_text, decision)
        return decision


def _verdict(decision: Decision) -> dict[str, Json]:
    obligations: list[Any] = orjson.loads(decision.document)["obligations"]
    obligations.sort(key=lambda item: str(item["id"]))
    return {
        "decision": "allow" if decision.allow else "deny",
        "reasons": [*sorted(reason.value for reason in decision.reasons)],
        "obligations": obligations,
    }


def _tell(verdict: dict[str, Json]) -> str:
    reasons = verdict["reasons"]
    listed = ", ".join(map(str, reasons)) if isinstance(reasons, list) else ""
    return f"{verdict['decision']}{f' ({listed})' if listed else ''}"
