"""Group commit: many threads hand in records, one of them writes for all, each goes on when its own is durable.

The first that comes leads: it writes what is waiting as one batch, then hands the lead to the first of the next batch.

What a thread is told:
- its result: its record is durable;
- `Refusal(AUDIT_UNAVAILABLE)`: it must act as if there were no record. If the thread gave up before its record was
  taken into a batch, there is none and never will be. If it gave up later (a late commit), or led a batch that took too
  long, the record is there once, and the same thread of writing adds what `follow_up` makes of it, so that the chain
  says that nobody acted on it. If the disk failed, it may be there or not; then nothing is ever written again.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from gateway.errors import Refusal
from gateway.reasons import Reason
from gateway.turns import TURN

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Entry(Generic[Item, Result]):
    __slots__ = ("abandoned", "began", "gate", "item", "leads", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.leads = self.abandoned = False
        self.began = time.monotonic()
        self.gate = threading.Lock()
        self.gate.acquire()


class GroupCommit(Generic[Item, Result]):
    """`write` makes a batch durable and gives one result an item; `ended` hears of the error that ends everything."""

    def __init__(
        self,
        write: Callable[[Sequence[Item]], list[Result]],
        follow_up: Callable[[Sequence[Item]], list[Item]],
        ended: Callable[[BaseException], None],
        *,
        wait_s: float,
    ) -> None:
        self._write, self._follow_up, self._ended, self._wait_s = write, follow_up, ended, wait_s
        self._mutex = threading.Lock()
        self._waiting: list[_Entry[Item, Result]] = []
        self._led = self._closed = False
        self._batch_began = 0.0

    def commit(self, item: Item) -> Result:
        """Make one record durable.

        Raises:
            Refusal: AUDIT_UNAVAILABLE; see above for what is then in the ledger.
        """
        entry: _Entry[Item, Result] = _Entry(item)
        with self._mutex:
            stalled = self._led and entry.began - self._batch_began > self._wait_s
            if self._closed or stalled:
                raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the ledger is closed or stalled")
            self._waiting.append(entry)
            leads_at_once, self._led = not self._led, True
            entry.leads = leads_at_once
            if leads_at_once:
                self._batch_began = entry.began
        with TURN.wait():
            # Who is made a leader only now was told so by its gate, which must be gone through before it is opened again.
            if not leads_at_once and not entry.gate.acquire(timeout=self._wait_s):
                self._give_up(entry)
            if entry.leads:
                self._lead(entry)
        if entry.result is None or entry.abandoned:
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the record was not durable in time")
        return entry.result

    def close(self) -> bool:
        """Take no more records; wait for those in hand. False where they did not become durable in time."""
        with self._mutex:
            self._closed = True
        end = time.monotonic() + self._wait_s
        while self._led and time.monotonic() < end:
            time.sleep(0.001)
        return not self._led

    def _give_up(self, entry: _Entry[Item, Result]) -> None:
        """Too late, unless the result or the lead came in this very moment."""
        with self._mutex:
            came = entry.leads or entry.result is not None
            if not came:
                if entry in self._waiting:
                    self._waiting.remove(entry)
                entry.abandoned = True
        if came:
            entry.gate.acquire()  # it is being opened

    def _lead(self, own: _Entry[Item, Result]) -> None:
        with self._mutex:
            batch, self._waiting = self._waiting, []
            self._batch_began = time.monotonic()
        try:
            results = self._write([entry.item for entry in batch])
            late = self._settle(batch, results, own)
            if late:
                self._write(self._follow_up(late))
        except BaseException as error:
            self._end(batch, error)
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the ledger cannot be written") from error
        successor = self._hand_on()
        for entry in batch:
            entry.gate.release()
        if successor is not None:
            successor.gate.release()

    def _settle(
        self, batch: list[_Entry[Item, Result]], results: list[Result], own: _Entry[Item, Result]
    ) -> list[Item]:
        """Tell the results; gives the items whose threads went away, the leader's own if it took too long."""
        with self._mutex:
            own.abandoned = time.monotonic() - own.began > self._wait_s
            for entry, result in zip(batch, results, strict=True):
                entry.result = result
            return [entry.item for entry in batch if entry.abandoned]

    def _hand_on(self) -> _Entry[Item, Result] | None:
        with self._mutex:
            successor = self._waiting[0] if self._waiting else None
            self._led = successor is not None
            if successor is not None:
                successor.leads = True
                self._batch_began = time.monotonic()
            return successor

    def _end(self, batch: list[_Entry[Item, Result]], error: BaseException) -> None:
        with self._mutex:
            self._closed, self._led = True, False
            left, self._waiting = self._waiting, []
            for entry in batch:
                entry.abandoned = entry.result is None or entry.abandoned
        self._ended(error)
        for entry in batch + left:
            entry.gate.release()
