"""Replays recorded decisions on two policies: in parallel processes, from the exact input text that was judged then.

The input holds every fact that the decision used, the time included, and no plate. A decision is compared only where
the policy in force, asked again, says what is on record; what it does not reproduce is counted apart, with why. So is one
that no policy made, and one that would change where an earlier version wrote the input: a draft may only miss there what
was never written. Every decision is counted once, so that the sum is what the record holds.
"""

import gc
import hashlib
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import orjson

from gateway.errors import Refusal
from gateway.ledger.records.form import hash_of, link_of
from gateway.pdp import Bundle, EmbeddedEngine
from gateway.pdp.check.opa_batch import OpaBatch
from gateway.pdp.input_shape import find_missing

_AT_ONCE = 50  # few, so that what is read is still at hand when it is judged
_AT_ONCE_BY_OPA = 1000  # many, for each call of OPA costs its start
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
    """What some decisions came to: how many were compared, why others were not, and those that would be another.

    Those that `by_no_policy` counts were asked of no engine: the gateway refused by itself.
    `processor_s` is the processors' time that it took, which tells more than the clock where they have other work too.
    """

    replayed: int = 0
    not_reproduced: Counter[str] = field(default_factory=Counter)
    by_no_policy: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    read: int = 0
    processor_s: float = 0.0

    def add(self, part: "ReplayedChunk") -> None:
        """Take in what others came to."""
        self.replayed += part.replayed
        self.read += part.read
        self.processor_s += part.processor_s
        self.not_reproduced += part.not_reproduced
        self.by_no_policy += part.by_no_policy
        self.changes += part.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """The two policies; with `opa_bin`, a real OPA decides by them, else the embedded engine."""

    current: Bundle
    candidate: Bundle
    opa_bin: Path | None = None


class Records(Protocol):
    """Some of the ledger's decisions, read by the process that judges them."""

    def read(self) -> Iterator[bytes]:
        """Each as it lies in the ledger."""
        ...


def replay(
    portions: Iterable[Records],
    rivals: Rivals,
    *,
    jobs: int,
    sample: float = 1.0,
    progress: Callable[[int], None] | None = None,
) -> ReplayedChunk:
    """What all these records come to.

    Raises:
        ConfigurationError: one of the policies cannot be used.
    """
    total = ReplayedChunk()
    _own.update(rivals=rivals, sample=sample)
    _own["engines"] = [_Decider(bundle, rivals.opa_bin) for bundle in (rivals.current, rivals.candidate)]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"), initializer=gc.disable) as pool:
        waiting: set[Future[ReplayedChunk]] = set()
        for portion in portions:
            waiting.add(pool.submit(_judge_portion, portion))
            if len(waiting) >= jobs * _IN_HAND:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                _add(total, done, progress)
        _add(total, waiting, progress)
    return total


def _add(total: ReplayedChunk, done: Iterable[Future[ReplayedChunk]], progress: Callable[[int], None] | None) -> None:
    for future in done:
        part = future.result()
        total.add(part)
        if progress is not None:
            progress(part.read)


_own: dict[str, Any] = {}
"""What a process of the pool judges by: compiled once, by the thread that forks, which goes on as the child's only one.

A child looks for no garbage, since a record leaves no cycles behind.
"""


class _Decider:
    """Decides many inputs by one policy; an input that it cannot decide gives None."""

    def __init__(self, bundle: Bundle, opa_bin: Path | None) -> None:
        usable = EmbeddedEngine(
            bundle
        )  # also where OPA decides: by a policy that it cannot read, all would seem denied
        self._engine = usable if opa_bin is None else None
        self._batch = None if opa_bin is None else OpaBatch(bundle, opa_bin)

    def decide_all(self, texts: Sequence[str]) -> list[Judged | None]:
        """What a gateway would accept as decisions, in the order of their inputs."""
        if self._batch is not None:
            return list(_decide_together(self._batch, texts))
        return [self._decide(text) for text in texts]

    def _decide(self, text: str) -> Judged | None:
        if self._engine is None:
            return None
        try:
            return _read_judged(self._engine.judge(text).document)
        except Refusal:
            return None


def _decide_together(opa: OpaBatch, texts: Sequence[str]) -> Iterator[Judged | None]:
    """In one call; where one answer spoils it, each half by itself, until that one is found."""
    try:
        yield from [_read_judged(decision.document) for decision in opa.decide_all(texts)] if texts else []
    except Refusal:
        if len(texts) == 1:
            yield None
            return
        middle = len(texts) // 2
        yield from _decide_together(opa, texts[:middle])
        yield from _decide_together(opa, texts[middle:])


@lru_cache(maxsize=1024)
def _read_judged(document_text: str) -> Judged | None:
    """What is compared of a document; most decisions have one of a few."""
    try:
        document = orjson.loads(document_text)
        return Judged(
            document["allow"], tuple(sorted(item["code"] for item in document["reasons"])), document["obligations"]
        )
    except (ValueError, LookupError, TypeError):
        return None


def _judge_portion(portion: Records) -> ReplayedChunk:
    result, raws, began = ReplayedChunk(), portion.read(), time.process_time()
    at_once = _AT_ONCE if _own["rivals"].opa_bin is None else _AT_ONCE_BY_OPA
    while batch := list(islice(raws, at_once)):
        result.add(_judge_batch(batch))
    result.processor_s = time.process_time() - began
    return result


def _judge_batch(batch: list[bytes]) -> ReplayedChunk:
    read = [(raw, record) for raw in batch if (record := orjson.loads(raw))["event_type"] == "decision"]
    sampled = [(raw, record) for raw, record in read if _is_sampled(record, _own["sample"])]
    whole = [record for raw, record in sampled if _is_as_written(raw, record)]
    result = ReplayedChunk(read=len(read))
    result.not_reproduced.update([_CHANGED] * (len(sampled) - len(whole)))
    result.by_no_policy.update(_tell_by_gateway(record) for record in whole if not _is_by_policy(record))
    records = [record for record in whole if _is_by_policy(record)]
    texts = [record["input"] for record in records]
    now, then = (engine.decide_all(texts) for engine in _own["engines"])
    for record, current, candidate in zip(records, now, then, strict=True):
        trouble = _compare_recorded(record, current, _own["rivals"].current.revision)
        if trouble is not None or current is None:
            result.not_reproduced[trouble or "no decision"] += 1
            continue
        change = _compare(record, current, candidate or _UNDECIDED)
        missing = find_missing(orjson.loads(record["input"])) if change is not None else []
        if missing:
            result.not_reproduced[_EARLIER.format(", ".join(missing))] += 1
            continue
        result.replayed += 1
        if change is not None:
            result.changes.append(change)
    return result


_CHANGED = "the record was changed after it was written: `audit verify` says which one"
_EARLIER = "an earlier version recorded it, without what this one tells a policy ({}): whether the draft decides otherwise cannot be said"
_BY_GATEWAY = "no policy made it: the gateway itself refused ({})"
_UNDECIDED = Judged(False, ("engine_undefined",), [])
"""What a gateway makes of an input that a policy does not decide."""


def _is_as_written(raw: bytes, record: dict[str, Any]) -> bool:
    """Whether it has the hash that it states: what was changed since says nothing of what was asked."""
    link = link_of(record)
    return link is not None and hash_of(raw, record, link) == link.hash


def _is_sampled(record: dict[str, Any], sample: float) -> bool:
    """By the decision's id, so that the same share is taken every time."""
    if sample >= 1:
        return True
    digest = hashlib.sha256(str(record.get("decision_id")).encode()).digest()
    return int.from_bytes(digest[:4], "big") < sample * 2**32


def _is_by_policy(record: dict[str, Any]) -> bool:
    """Whether a policy was asked and answered: without it there is nothing that two policies could say otherwise."""
    return isinstance(record.get("input"), str) and isinstance(record.get("decision_document"), str)


def _tell_by_gateway(record: dict[str, Any]) -> str:
    return _BY_GATEWAY.format(", ".join(map(str, record.get("deny_reasons") or ("no reason on record",))))


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
