"""Replays recorded decisions on two policies: in parallel processes, from the exact input text that was judged then.

The input holds every fact that the decision used, the time included, and no plate. A decision is compared only where
the policy in force, asked again, says what is on record; what it does not reproduce is counted apart, with why.
"""

import hashlib
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from gateway.errors import Refusal
from gateway.ledger import Line
from gateway.pdp import Bundle, EmbeddedEngine
from gateway.pdp.check.opa_batch import OpaBatch

_CHUNK = 400
_IN_HAND = 3
NEWLY_ALLOWED, NEWLY_DENIED, OBLIGATIONS_CHANGED, REASONS_CHANGED = KINDS = (
    "newly_allowed",
    "newly_denied",
    "obligations_changed",
    "reasons_changed",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict, as far as it is compared: which policy gave it does not matter here."""

    allow: bool
    reasons: tuple[str, ...]
    obligations: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One decision that would be another: how, for which reasons, and whose it was."""

    kind: str
    reasons: tuple[str, ...]
    decision_id: str
    user_id: str | None
    purpose: str | None
    office: str | None
    component: str | None


@dataclass(slots=True)
class ReplayedChunk:
    """What some decisions came to: how many were compared, why others were not, and those that would be another."""

    replayed: int = 0
    not_reproduced: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    read: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """The two policies; with `opa_bin`, a real OPA decides by them, else the embedded engine."""

    current: Bundle
    candidate: Bundle
    opa_bin: Path | None = None


def replay(
    lines: Iterable[Line],
    rivals: Rivals,
    *,
    jobs: int,
    sample: float = 1.0,
    progress: Callable[[int], None] | None = None,
) -> ReplayedChunk:
    """What all these records come to; records that are no decision with an input are passed over."""
    total = ReplayedChunk()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(rivals, sample)) as pool:
        waiting: set[Future[ReplayedChunk]] = set()
        for chunk in _chunks(line.raw for line in lines):
            waiting.add(pool.submit(_judge_chunk, chunk))
            if len(waiting) >= jobs * _IN_HAND:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                _add(total, done, progress)
        _add(total, waiting, progress)
    return total


def _chunks(raw_lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    decisions = (raw for raw in raw_lines if b'"event_type":"decision"' in raw and b'"input":"' in raw)
    while chunk := list(islice(decisions, _CHUNK)):
        yield chunk


def _add(total: ReplayedChunk, done: Iterable[Future[ReplayedChunk]], progress: Callable[[int], None] | None) -> None:
    for future in done:
        part = future.result()
        total.replayed += part.replayed
        total.read += part.read
        total.not_reproduced += part.not_reproduced
        total.changes += part.changes
        if progress is not None:
            progress(part.read)


_own: dict[str, Any] = {}
"""What a process of the pool judges by; made once, after the fork."""


def _begin(rivals: Rivals, sample: float) -> None:
    _own.update(rivals=rivals, sample=sample)
    _own["engines"] = [_Decider(bundle, rivals.opa_bin) for bundle in (rivals.current, rivals.candidate)]


class _Decider:
    """Decides many inputs by one policy; an input that it cannot decide gives None."""

    def __init__(self, bundle: Bundle, opa_bin: Path | None) -> None:
        self._engine = None if opa_bin else EmbeddedEngine(bundle)
        self._batch = OpaBatch(bundle, opa_bin) if opa_bin else None

    def decide_all(self, texts: Sequence[str]) -> list[Judged | None]:
        """By the engine's bare answers, which `confirm` still holds to be whole where it matters."""
        if self._batch is not None:
            return [_read_judged(decision.document) for decision in self._batch.decide_all(texts)]
        return [self._answer(text) for text in texts]

    def confirm(self, text: str) -> Judged | None:
        """The same verdict, if it is one that a gateway would accept."""
        if self._engine is None:
            return self.decide_all([text])[0]
        try:
            return _read_judged(self._engine.decide(text).document)
        except Refusal:
            return None

    def _answer(self, text: str) -> Judged | None:
        if self._engine is None:
            return None
        try:
            return _read_judged(self._engine.answer(text))
        except Refusal:
            return None


def _read_judged(document_text: str) -> Judged | None:
    try:
        document = orjson.loads(document_text)
        return Judged(
            document["allow"], tuple(sorted(item["code"] for item in document["reasons"])), document["obligations"]
        )
    except (ValueError, LookupError, TypeError):
        return None


def _judge_chunk(chunk: list[bytes]) -> ReplayedChunk:
    records = [record for record in map(orjson.loads, chunk) if _is_sampled(record, _own["sample"])]
    texts = [record["input"] for record in records]
    now, then = (engine.decide_all(texts) for engine in _own["engines"])
    result = ReplayedChunk(read=len(chunk))
    for record, current, bare in zip(records, now, then, strict=True):
        trouble = _compare_recorded(record, current, _own["rivals"].current.revision)
        if trouble is not None or current is None:
            result.not_reproduced[trouble or "no decision"] += 1
            continue
        result.replayed += 1
        candidate = bare if bare == current else _own["engines"][1].confirm(record["input"])
        change = _compare(record, current, candidate or Judged(False, ("engine_undefined",), []))
        if change is not None:
            result.changes.append(change)
    return result


def _is_sampled(record: dict[str, Any], sample: float) -> bool:
    """By the decision's id, so that the same share is taken every time."""
    if not isinstance(record.get("decision_document"), str):
        return False
    digest = hashlib.sha256(str(record.get("decision_id")).encode()).digest()
    return int.from_bytes(digest[:4], "big") < sample * 2**32


def _compare_recorded(record: dict[str, Any], current: Judged | None, revision: str) -> str | None:
    """Why the policy in force does not say what is on record; None if it does."""
    if current is not None and current == _read_judged(record["decision_document"]):
        return None
    if current is None:
        return "the engine gives no decision on this input"
    decided_by = str(record.get("policy_revision"))
    if decided_by != revision:
        return f"it was decided by policy {decided_by[:12]}, which is no longer in force"
    return "this very policy now decides otherwise: another engine, or a record that was changed"


def _compare(record: dict[str, Any], current: Judged, candidate: Judged) -> Change | None:
    if current == candidate:
        return None
    if current.allow != candidate.allow:
        kind, reasons = (NEWLY_ALLOWED, current.reasons) if candidate.allow else (NEWLY_DENIED, candidate.reasons)
    elif current.allow:
        one_sided = [item for item in current.obligations if item not in candidate.obligations]
        one_sided += [item for item in candidate.obligations if item not in current.obligations]
        kind, reasons = OBLIGATIONS_CHANGED, tuple(sorted({str(item["type"]) for item in one_sided}))
    else:
        kind, reasons = REASONS_CHANGED, tuple(sorted(set(current.reasons) ^ set(candidate.reasons)))
    return Change(
        kind=kind,
        reasons=reasons,
        decision_id=str(record.get("decision_id")),
        user_id=record.get("user_id"),
        purpose=record.get("purpose_code"),
        office=record.get("office"),
        component=record.get("org"),
    )
