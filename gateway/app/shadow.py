"""Decides by a candidate policy beside the one in force, for the record alone: no answer follows it."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import structlog

from gateway.disclosure import Disclosed
from gateway.errors import ConfigurationError, Refusal
from gateway.ledger.records.event import Body, admin_record
from gateway.model import Decision, Dossier, Json, Outcome
from gateway.pdp import Bundle, EmbeddedEngine, load_policies
from gateway.pep.ports import RecorderPort

_MOST_WAITING = 1000
_WAIT_S = 0.2
_SLOWEST_S = 0.05
_LOOK_AGAIN_S = 2.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCandidate:
    """The candidate once it is compiled."""

    bundle: Bundle
    engine: EmbeddedEngine


class ShadowPolicy:
    """Holds decisions up to a candidate, on a thread of its own, and records where it would have decided otherwise.

    At most a thousand wait; each decision left to it is counted once, as dropped where it was not looked at. The
    candidate is read and compiled on that thread too; one that cannot be used is told in the log and decides nothing.
    While it decides, the engine holds up the process's other threads, so one that once takes longer than a twentieth of
    a second is given up. Its folder is looked at every other second: a candidate that was changed is taken up anew.
    """

    def __init__(
        self,
        directory: Path,
        record: Callable[[Body], object],
        count: Callable[[str], None],
        slowest_s: float = _SLOWEST_S,
        look_again_s: float = _LOOK_AGAIN_S,
    ) -> None:
        self._slowest_s, self._look_again_s = slowest_s, look_again_s
        self._directory, self._record, self._count = directory, record, count
        self._waiting: queue.Queue[tuple[str, str, Decision]] = queue.Queue(_MOST_WAITING)
        self._candidate: ShadowCandidate | None = None
        self._state = "loading"
        self._mark: str | None = None
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
        self._drop_waiting()

    def describe(self) -> dict[str, Json]:
        """Which candidate is held up, and whether it is: loading, comparing, not loaded, given up."""
        candidate = self._candidate
        return {"candidate_revision": candidate.bundle.revision if candidate else None, "state": self._state}

    def offer(self, decision_id: str, input_text: str, decision: Decision) -> None:
        """Leave a decision to be looked at. Returns at once, and raises nothing."""
        if self._state in _IDLE:
            self._count("dropped")
            return
        try:
            self._waiting.put_nowait((decision_id, input_text, decision))
        except queue.Full:
            self._count("dropped")

    def _work(self) -> None:
        looked = -self._look_again_s
        while not self._ended.is_set():
            if time.monotonic() - looked >= self._look_again_s:
                self._look_at_folder()
                looked = time.monotonic()
            if self._state in _IDLE:
                self._drop_waiting()
            try:
                decided = self._waiting.get(timeout=_WAIT_S)
            except queue.Empty:
                continue
            self._look_at(*decided)

    def _look_at(self, decision_id: str, input_text: str, decision: Decision) -> None:
        candidate, began = self._candidate, time.thread_time()
        if candidate is None:
            self._count("dropped")
            return
        try:
            self._count(self._compare(candidate, decision_id, input_text, decision))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the candidate's, and the next is looked at
            self._count("failed")
            _log.error("shadow_failed", error=type(error).__name__)
        if time.thread_time() - began > self._slowest_s:
            _log.error("shadow_given_up", trouble=f"one decision took longer than {self._slowest_s:g} s")
            self._state = "given up"

    def _look_at_folder(self) -> None:
        """Take up the candidate, if its folder is another than it was."""
        mark = _mark_folder(self._directory)
        if mark != self._mark:
            self._mark = mark
            self._candidate = self._load()
            self._state = "comparing" if self._candidate else "not loaded"

    def _drop_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
                self._count("dropped")

    def _load(self) -> ShadowCandidate | None:
        try:
            bundle = load_policies(self._directory)
            engine = EmbeddedEngine(bundle)
            engine.warm()
        except (ConfigurationError, OSError, Refusal) as error:
            _log.error("shadow_not_loaded", trouble=str(error))
            return None
        _log.info("shadow_loaded", policy_revision=bundle.revision)
        return ShadowCandidate(bundle=bundle, engine=engine)

    def _compare(self, candidate: ShadowCandidate, decision_id: str, input_text: str, decision: Decision) -> str:
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
                decision_id=decision_id,
                request_id=str(orjson.loads(input_text)["request"]["id"]),
                input_sha256=sha256(input_text.encode()).hexdigest(),
                policy_revision=decision.policy_revision,
                candidate_revision=candidate.bundle.revision,
                in_force=now,
                candidate=then,
                what=_tell_both(now, then),
            )
        )
        return "differs"


class ShadowedRecorder:
    """Passes everything on to the recorder, then leaves each decision that was recorded to a shadow as well."""

    def __init__(self, recorder: RecorderPort, shadow: ShadowPolicy) -> None:
        self._recorder, self._shadow = recorder, shadow

    def record_allow(self, dossier: Dossier) -> None:
        """Record an allow."""
        self._recorder.record_allow(dossier)
        self._offer(dossier)

    def record_refusal(self, dossier: Dossier, refusal: Refusal, told: Disclosed, *, status: int) -> None:
        """Record a refusal. One without a decision, as of a request that was not understood, has nothing to compare."""
        self._recorder.record_refusal(dossier, refusal, told, status=status)
        self._offer(dossier)

    def record_outcome(self, dossier: Dossier, outcome: Outcome) -> None:
        """Record how an allowed request ended."""
        self._recorder.record_outcome(dossier, outcome)

    def _offer(self, dossier: Dossier) -> None:
        if dossier.input_text is not None and dossier.decision is not None:
            self._shadow.offer(dossier.decision_id, dossier.input_text, dossier.decision)


_IDLE = frozenset({"not loaded", "given up"})
"""States in which no decision is looked at until the folder changes."""


def _mark_folder(directory: Path) -> str:
    """What changes with any file of a folder: names, sizes and times."""
    found = []
    for path in sorted(directory.rglob("*")):
        with suppress(OSError):  # as taken away meanwhile
            state = path.stat()
            found.append(f"{path} {state.st_ino} {state.st_size} {state.st_mtime_ns}")
    return "\n".join(found)


def _verdict(decision: Decision) -> dict[str, Json]:
    obligations: list[Any] = orjson.loads(decision.document)["obligations"]
    obligations.sort(key=lambda item: str(item["id"]))
    return {
        "decision": "allow" if decision.allow else "deny",
        "reasons": [*sorted(reason.value for reason in decision.reasons)],
        "obligations": obligations,
    }


def _tell_both(now: dict[str, Json], then: dict[str, Json]) -> str:
    """Both verdicts; where these are the same words, that it is the conditions which differ, and of which kinds."""
    if _tell(now) != _tell(then):
        return f"{_tell(now)}; the candidate: {_tell(then)}"
    return f"{_tell(now)}; the candidate: the same, under other conditions ({', '.join(_list_differing(now, then))})"


def _list_differing(now: dict[str, Json], then: dict[str, Json]) -> list[str]:
    sides: list[list[Any]] = [one if isinstance(one := verdict["obligations"], list) else [] for verdict in (now, then)]
    one_sided = [item for item in sides[0] if item not in sides[1]] + [
        item for item in sides[1] if item not in sides[0]
    ]
    return sorted({str(item["type"]) for item in one_sided})


def _tell(verdict: dict[str, Json]) -> str:
    reasons = verdict["reasons"]
    listed = ", ".join(map(str, reasons)) if isinstance(reasons, list) else ""
    return f"{verdict['decision']}{f' ({listed})' if listed else ''}"
