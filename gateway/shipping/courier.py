"""One sink's courier: takes batches from the backlog to the sink until it has them, and keeps the cursor."""

import contextlib
import threading
import time
from functools import partial
from pathlib import Path

from gateway.ledger.heads import Head
from gateway.shipping.acknowledgement_window import AcknowledgementWindow, Unsettled
from gateway.shipping.backlog import Backlog, Batch
from gateway.shipping.dead_letters import DeadLetters, dead_letters_file
from gateway.shipping.formats import Record
from gateway.shipping.ledger_check import marks_that_hold
from gateway.shipping.options import DOES_IT_ACCEPT, DOES_IT_ASK, ENDED, ENDS_AT_ONCE, Timing
from gateway.shipping.pacing import Backoff
from gateway.shipping.progress import Cursor, Marks
from gateway.shipping.records_to_come import records_to_come
from gateway.shipping.refused_runs import RefusedRuns
from gateway.shipping.reporting import Reports
from gateway.shipping.sinks.sink import Attempt, DeliveryState, Sink, add_word
from gateway.shipping.watch import Found, ShippingFinding

_MISSING = ShippingFinding(what=Found.CURSOR_MISSING)
_FILES = "the ledger, the cursor or the dead-letter file cannot be read or written"
_LOST = Attempt(why="the connection broke, and what had not settled is sent again")
_TAKES_NONE = "the receiver refuses every record: they are put aside (siem.md, Dead letters)"
_BREAKS = {
    DeliveryState.LOST: _LOST,
    DeliveryState.REFUSED: Attempt(why=f"the receiver {DOES_IT_ACCEPT}", hopeless=True),
    DeliveryState.OUTDATED: Attempt(why=f"the receiver {ENDS_AT_ONCE}: {ENDED}", hopeless=True),
    DeliveryState.UNSHOWN: Attempt(why=f"the receiver {DOES_IT_ASK}", hopeless=True),
    DeliveryState.CLOSED: Attempt(why=f"the receiver {ENDS_AT_ONCE}", hopeless=True),
}


class Courier:
    """Runs in a thread of its own. `folder` is where the cursor and the dead letters lie."""

    def __init__(self, *, directory: Path, folder: Path, sink: Sink, reports: Reports, timing: Timing) -> None:
        self._directory, self._sink, self._reports, self._timing = directory, sink, reports, timing
        self._cursor = Cursor(folder, reports.sink)
        self._dead = DeadLetters(dead_letters_file(folder, reports.sink))
        self._backoff = Backoff(timing)
        self._window = AcknowledgementWindow(sink.settle_s)
        self._backlog: Backlog | None = None
        self._offered: Batch | None = None
        self._left: tuple[Record, ...] = ()
        self._taken, self._refused, self._takes_none = 0, 0, False
        self._fault: str | None = None
        self._runs, self._refused_told_at = RefusedRuns(), float("-inf")
        self._settled: Marks = {}
        self._sent: dict[str, Head] = {}
        self._unsaved: Marks | None = None
        self._saved_at = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """Ship until told to stop; no error ends it."""
        while not stop.is_set():
            self._rest(self._turn(), stop)
        self._tell_refused(at_once=True)
        try:
            self._save(force=True)
        except OSError:
            self._reports.failing(_FILES)  # what was sent since the last cursor is sent once more
        self._begin_anew()
        self._sink.close()

    def _turn(self) -> float:
        """One step; how long to rest before the next."""
        try:
            attempt = self._deliver()
        except OSError:
            attempt = self._note_failure(_FILES)
        except Exception as error:  # noqa: BLE001 - shipping goes on whatever happens; what fails for long is told
            attempt = self._note_failure(f"an unforeseen error: {type(error).__name__}")
        if attempt is not None and attempt.why is not None:
            self._reports.failing(attempt.why, hopeless=attempt.hopeless)
            return self._backoff.fail(attempt.retry_after_s)
        if self._takes_none:
            self._reports.failing(add_word(_TAKES_NONE, self._fault), hopeless=True)
        elif attempt is None and not self._window.outstanding:
            self._note_success()
        else:
            self._reports.settling(self._sink.settle_s)
        return 0.0 if self._backlog is not None and self._backlog.more else self._timing.poll_s

    def _rest(self, seconds: float, stop: threading.Event) -> None:
        """Wait so long, and tell meanwhile how far behind the sink is, and trouble that is due.

        A receiver that asks for time gets no smaller lag, and no later alarm.
        """
        end = time.monotonic() + seconds
        while not stop.is_set() and (left := end - time.monotonic()) > 0:
            stop.wait(min(left, self._timing.report_s, self._reports.until_due()))
            self._reports.tell_due()
            with contextlib.suppress(Exception):  # the next turn finds it, too, and tells it
                self._tell_lag()

    def _tell_lag(self) -> None:
        """What was sent and has not settled is not known to be there either; after a break that is all since the cursor."""
        if not self._reports.is_due():
            return
        backlog = self._backlog or self._begin()
        offered = Unsettled(len(self._left), self._left[0].time if self._left else None)
        waiting = Unsettled(backlog.look(), backlog.find_oldest())
        lacking = self._window.unsettled + offered + waiting
        self._reports.lag(lacking.records, lacking.oldest)

    def _note_success(self) -> None:
        self._reports.working()
        self._backoff.succeed()

    def _note_failure(self, why: str) -> Attempt:
        self._begin_anew()
        return Attempt(why=why)

    def _deliver(self) -> Attempt | None:
        """Send what is next; None where there is nothing to send."""
        if self._backlog is not None and not self._cursor.is_there():
            self._forget()
        if lost := self._settle():
            return lost
        backlog = self._backlog or self._begin()
        if self._offered is None:
            self._offered = backlog.read(self._timing.batch, self._timing.batch_bytes)
            self._left = self._offered.records if self._offered else ()
            self._note_offered()
        self._tell_lag()
        if self._offered is None:
            self._tell_refused(at_once=False)
            return None
        attempt = self._sink.send(self._left) if self._left else Attempt()
        if attempt.why is not None and (lost := self._settle()):
            return lost  # found by the next turn, the same break would be paused for once more
        self._taken += len(self._left) - len(attempt.left) - len(attempt.refused)
        self._refused += len(attempt.refused)
        self._set_aside(attempt)
        took_none, self._left = self._takes_none, attempt.left
        if not self._left:
            self._judge_batch()
        self._tell_refused(at_once=not (took_none and self._takes_none))
        if not self._left:
            sent = self._offered.records
            what = Unsettled(len(sent), sent[0].time if sent else None)
            self._window.note_sent(self._offered.marks, time.monotonic(), what)
            self._offered = None
            if lost := self._settle():
                return lost
        return attempt

    def _begin(self) -> Backlog:
        """Take up where the cursor says."""
        marks, sent = self._cursor.load(), self._cursor.load_sent()
        if marks is None:
            self._reports.finding(_MISSING)
            self._cursor.store({})  # told once: nothing is shipped yet, and that is known from here on
        held = marks_that_hold(self._directory, sent, self._reports.finding)
        unharmed = {chain: mark for chain, mark in (marks or {}).items() if chain in held or chain not in sent}
        self._settled = marks_that_hold(self._directory, unharmed, self._reports.finding)
        self._sent = {chain: mark for chain, mark in held.items() if chain in self._settled or chain not in unharmed}
        self._sink.expect(partial(records_to_come, self._directory, dict(self._settled)))
        self._backlog = Backlog(self._directory, self._settled, self._reports.finding)
        return self._backlog

    def _note_offered(self) -> None:
        """Keep, before it is sent, how far a sink is sent that acknowledges nothing: a ledger rolled back behind that is told."""
        if self._offered is None or self._sink.settle_s <= 0:
            return
        further = {
            chain: mark
            for chain, mark in self._offered.marks.items()
            if mark.hash and (chain not in self._sent or mark.seq > self._sent[chain].seq)
        }
        if further:
            self._sent |= further
            self._cursor.store(self._unsaved or self._settled, self._sent)

    def _begin_anew(self) -> None:
        """Forget what was read, and was sent without having settled: the next turn begins where the cursor says."""
        if self._backlog is not None:
            self._backlog.close()
        self._backlog, self._offered, self._left = None, None, ()
        self._taken = self._refused = 0
        self._window.forget()

    def _forget(self) -> None:
        """Where somebody took the cursor away everything is shipped again, as after a start: it is not written back."""
        self._settled, self._sent, self._unsaved = {}, {}, None
        self._reports.tell_again(_MISSING)
        self._begin_anew()

    def _settle(self) -> Attempt | None:
        """Move the cursor as far as the sink surely has the records; else some may be lost, and it begins anew."""
        state = self._sink.delivery_state()
        if state in _BREAKS:
            is_idle = not self._window.outstanding and self._offered is None
            self._save(force=True)
            self._begin_anew()
            if is_idle:
                return None  # a connection that nothing was on is opened with the next record
            return _BREAKS[state]
        if state is DeliveryState.ARRIVED:
            settled = self._window.take_settled(time.monotonic())
            if settled is not None:
                self._unsaved = settled
                if not self._takes_none:
                    self._note_success()
            self._save(force=False)
        return None

    def _save(self, *, force: bool) -> None:
        now = time.monotonic()
        if self._unsaved is not None and (force or now - self._saved_at >= self._timing.cursor_s):
            if not self._cursor.is_there():
                self._forget()
                return
            self._cursor.store(self._unsaved, self._sent)
            self._settled, self._unsaved, self._saved_at = self._unsaved, None, now

    def _judge_batch(self) -> None:
        """A receiver that refuses one record takes the others; one that takes none of a whole batch is set up wrongly."""
        if self._taken or self._refused:
            self._takes_none = not self._taken
        self._taken = self._refused = 0

    def _set_aside(self, attempt: Attempt) -> None:
        if attempt.refused:
            self._dead.add(attempt.refused)
            self._runs.add(attempt.refused, attempt.fault)
            self._fault = attempt.fault

    def _tell_refused(self, *, at_once: bool) -> None:
        """Tell what was put aside; of a receiver that refuses everything, after the first time, only now and then."""
        now = time.monotonic()
        if at_once or now - self._refused_told_at >= self._timing.refused_s:
            self._refused_told_at = now
            for finding in self._runs.take():
                self._reports.finding(finding)
