"""The threads that serve, and how they are shared out, so that who is slow holds up only themselves.

Every job belongs to a lane (a vendor) and to a sender (whoever shows one credential). Of the threads, a lane may hold so
many at once and a sender fewer; what is more waits in line without holding any. A job that waited too long is run on a
lane of its own, told so, to be refused.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import NamedTuple

import structlog

OVERDUE = "overdue"
_log = structlog.get_logger(__name__)


class Job(NamedTuple):
    """What a thread is to do; `run` gets whether the job waited too long."""

    lane: str
    sender: str
    run: Callable[[bool], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many threads serve, how many of them one lane and one sender in it may hold, how long a job may wait."""

    threads: int
    lane: int
    sender: int
    wait_s: float = 10.0


def share_out(threads: int, vendors: int) -> Shares:
    """As many threads for every vendor as for all else together, and for one sender most of a vendor's."""
    lane = max(1, threads // (vendors + 1))
    return Shares(threads=threads, lane=lane, sender=max(1, lane - lane // 4))


class Lanes:
    """The threads of one worker. `begin` runs on each of them before its first job."""

    def __init__(self, shares: Shares, begin: Callable[[], None]) -> None:
        self.shares = shares
        self._begin = begin
        self._mutex = threading.Lock()
        self._ready: SimpleQueue[tuple[Job, bool] | None] = SimpleQueue()
        self._waiting: deque[tuple[float, Job]] = deque()
        self._held: dict[tuple[str, str], int] = {}
        self._places: dict[int, tuple[str, str]] = {}
        self._idle = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"serve-{number}", daemon=True) for number in range(shares.threads)
        ]

    def start(self) -> None:
        """Start every thread; returns once each has begun."""
        begun = threading.Barrier(len(self._threads) + 1)
        self._begun = begun
        for thread in self._threads:
            thread.start()
        begun.wait()

    def submit(self, job: Job) -> None:
        """Have it run as soon as its lane and its sender may hold a thread more."""
        with self._mutex:
            if self._may_hold(job.lane, job.sender):
                self._hold((job.lane, job.sender))
            else:
                self._waiting.append((time.monotonic(), job))
                return
        self._ready.put((job, False))

    def expire(self) -> None:
        """Run what waited too long, to be refused; to be called now and then."""
        oldest = time.monotonic() - self.shares.wait_s
        late: list[Job] = []
        with self._mutex:
            while self._waiting and self._waiting[0][0] < oldest:
                late.append(self._waiting.popleft()[1])
        for job in late:
            self.submit_overdue(job)

    def submit_overdue(self, job: Job) -> None:
        """Run a job to be refused, on a lane of its own."""
        overdue = Job(OVERDUE, "", job.run)
        with self._mutex:
            self._hold((overdue.lane, overdue.sender))
        self._ready.put((overdue, True))

    @property
    def is_calm(self) -> bool:
        """Whether nothing waits and a thread has nothing to do."""
        return not self._waiting and self._idle > 0

    def take_over(self, lane: str, sender: str) -> bool:
        """Have the thread that asks go on with a job of another place, as if it had been given it; False where others wait.

        To be called within a job. What the thread held till now is free for others at once.
        """
        me = threading.get_ident()
        with self._mutex:
            before = self._places[me]
            self._leave(before)
            may = not self._waiting and self._may_hold(lane, sender)
            self._places[me] = (lane, sender) if may else before
            self._hold(self._places[me])
        return may

    def stop(self) -> None:
        """Have every thread end after what it does now."""
        for _ in self._threads:
            self._ready.put(None)

    def _work(self) -> None:
        with suppress(Exception):  # what could not be made ready is found out by the first request, and refused
            self._begin()
        self._begun.wait()
        me = threading.get_ident()
        while True:
            self._idle += 1
            given = self._ready.get()
            self._idle -= 1
            if given is None:
                return
            job, is_overdue = given
            self._places[me] = (job.lane, job.sender)
            try:
                job.run(is_overdue)
            except BaseException as error:  # noqa: BLE001 - a panic is no Exception; the thread goes on in any case
                _log.error("job_failed", error=type(error).__name__, exc_info=True)
            finally:
                self._release(self._places[me])

    def _release(self, place: tuple[str, str]) -> None:
        with self._mutex:
            self._leave(place)
            freed = self._next() if self._waiting else None
        if freed is not None:
            self._ready.put((freed, False))

    def _next(self) -> Job | None:
        """The first in line that may hold a thread now."""
        for number, (_, job) in enumerate(self._waiting):
            if self._may_hold(job.lane, job.sender):
                del self._waiting[number]
                self._hold((job.lane, job.sender))
                return job
        return None

    def _may_hold(self, lane: str, sender: str) -> bool:
        held = self._held.get
        return held((lane, ""), 0) < self.shares.lane and held((lane, sender), 0) < self.shares.sender

    def _hold(self, place: tuple[str, str]) -> None:
        for key in ((place[0], ""), place):
            self._held[key] = self._held.get(key, 0) + 1

    def _leave(self, place: tuple[str, str]) -> None:
        for key in ((place[0], ""), place):
            self._held[key] -= 1
            if not self._held[key]:
                del self._held[key]
