"""Keeps what people are told about their own last decisions, beside the record and after it.

The ledger is the record; this is a convenience that a person may look at, and that an approval can be asked from. So what
cannot be remembered stops nothing.
"""

import json
import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.approvals.protection import PlateProtection
from gateway.approvals.told import write_told
from gateway.clock import format_instant
from gateway.disclosure import Disclosed, disclose
from gateway.errors import Refusal
from gateway.model import Dossier, Outcome
from gateway.pep.ports import RecorderPort
from gateway.plates import in_clear
from gateway.reasons import AnyReason, Reason
from gateway.store.runtime_rows import DECISIONS, Row, change, keep
from gateway.store.store import Store

_MOST_WAITING = 10_000
_NONE = "[]"
_FAILED, _INTERRUPTED = "failed", "interrupted"
_GATHERED_S, _TOGETHER = 0.2, 100  # while they are written no search is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """How an allowed search ended without an answer: what is to stand in its row, which is written already or waits before it."""

    decision_id: str
    changes: Row


class RememberingRecorder:
    """Passes everything on to the recorder, then remembers it. Refusals at once, allows in the background."""

    def __init__(self, recorder: RecorderPort, store: Store, protection: PlateProtection) -> None:
        self._recorder, self._store, self._protection = recorder, store, protection
        self._waiting: queue.SimpleQueue[Row | _Ending | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._unanswered: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="remembering", daemon=True)
        self._thread.start()

    def record_allow(self, dossier: Dossier) -> None:
        """Record an allow."""
        self._recorder.record_allow(dossier)
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put(self._row(dossier, "allow", None, ()))
            if not dossier.explain:
                self._unanswered.add(dossier.decision_id)

    def record_refusal(self, dossier: Dossier, refusal: Refusal, told: Disclosed, *, status: int) -> None:
        """Record a refusal; what is known of it can be asked about at once."""
        self._recorder.record_refusal(dossier, refusal, told, status=status)
        if dossier.identity is not None and dossier.identity.user_id is not None:
            with suppress(Refusal):
                keep(self._store, DECISIONS, self._row(dossier, "deny", refusal, told.reasons))

    def record_outcome(self, dossier: Dossier, outcome: Outcome) -> None:
        """Record how an allowed request ended; one that failed is remembered so, as it was told."""
        self._recorder.record_outcome(dossier, outcome)
        self._unanswered.discard(dossier.decision_id)
        if outcome.reason is not None and self._waiting.qsize() < _MOST_WAITING:
            told = write_told(dossier, disclose([Reason(outcome.reason)]), None)
            changes = {"verdict": _FAILED, "reasons": json.dumps([outcome.reason]), "told": told}
            self._waiting.put(_Ending(decision_id=dossier.decision_id, changes=changes))

    def remember_interrupted(self, decision_ids: Iterable[str]) -> None:
        """Say of allowed searches that a stop or a crash cut them off."""
        for decision_id in decision_ids:
            self._waiting.put(_Ending(decision_id=decision_id, changes={"verdict": _INTERRUPTED}))

    def close(self) -> None:
        """Keep what is waiting; what is in hand still gets no answer any more, as the ledger says when it is closed."""
        self.remember_interrupted(tuple(self._unanswered))
        self._stop.set()
        self._waiting.put(None)
        self._thread.join(5.0)

    def _run(self) -> None:
        """Allows are written many at a time, so that they cost the searches themselves next to nothing."""
        going = True
        while going:
            gathered = [self._waiting.get()]
            self._stop.wait(_GATHERED_S)
            while not self._waiting.empty() and len(gathered) < _TOGETHER:
                gathered.append(self._waiting.get())
            going = None not in gathered
            self._write(gathered)

    def _write(self, gathered: list[Row | _Ending | None]) -> None:
        """The rows, each as its search ended; how one ended whose row is written already stands alone."""
        rows = {item["decision_id"]: item for item in gathered if isinstance(item, dict)}
        endings = {item.decision_id: item.changes for item in gathered if isinstance(item, _Ending)}
        with suppress(Refusal):
            self._store.remember(row | endings.pop(decision_id, {}) for decision_id, row in rows.items())
        for decision_id, changes in endings.items():
            with suppress(Refusal):
                change(self._store, DECISIONS, DECISIONS.c.decision_id == decision_id, **changes)

    def _row(self, case: Dossier, verdict: str, refusal: Refusal | None, told: tuple[AnyReason, ...]) -> dict[str, Any]:
        asked = case.opening or case
        query, declared, window = asked.query, asked.declared, asked.query.window if asked.query else None
        plate = query.plate.text if query and query.plate else None
        case_number = declared.case_number if declared else None
        protected: tuple[str | None, str | None] = (None, None)
        if verdict == "deny" and plate is not None and case_number is not None:
            protected = (
                self._protection.hash_plate(plate, case_number),
                self._protection.seal(in_clear(plate), case.decision_id, "plate"),
            )
        return {
            "decision_id": case.decision_id,
            "user_id": case.identity.user_id if case.identity else None,
            "time": format_instant(case.request.time),
            "mount": case.mount,
            "operation": case.operation,
            "verdict": verdict,
            "reasons": json.dumps([reason.value for reason in refusal.reasons]) if refusal else _NONE,
            "told": write_told(case, told, refusal.field if refusal else None),
            "case_number": case_number,
            "plate_hash": protected[0],
            "plate_sealed": protected[1],
            "window_start": format_instant(window.start) if window and window.start else None,
            "window_end": format_instant(window.end) if window and window.end else None,
            "input": case.input_text if verdict == "deny" else None,
        }
