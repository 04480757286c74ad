"""Whose turn it is: of the threads that serve, one works at a time, and whoever waits for the world lets the next one work.

Python runs one thread of a process at a time in any case. Left alone it changes threads at each of the fifty moments of a
request in which it could (a row read, a digest made), and where several serve, each of them then costs a change of thread
and a cold cache: four together answered fewer than one alone. Here they change where one has to wait, and nowhere else.

The turn makes nothing safe and nobody dependent: whoever does not get it soon works without it. Imports nothing else of
the gateway.
"""

import threading
from collections import deque

PATIENCE_S = 0.05


class Turn:
    """One process's. Given in the order in which it was asked for."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._mutex = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._holder: int | None = None
        self._is_stuck = False

    def work(self) -> "_Work":
        """What is done inside needs the processor: one thread at a time, as long as none is stuck."""
        return _Work(self)

    def wait(self) -> "_Wait":
        """What is done inside waits for a disk, a network or another process; the others work meanwhile."""
        return _Wait(self)

    def take(self) -> None:
        """Come to have it, once those who asked before have had it or enough time has passed."""
        with self._mutex:
            if self._holder is None:
                self._holder = threading.get_ident()
                return
            if self._is_stuck:  # whoever has it waits for something without saying so: nobody waits for that
                return
            gate = threading.Lock()
            gate.acquire()
            self._line.append(gate)
        if gate.acquire(timeout=self._patience_s) or not self._leave(gate):
            self._holder = threading.get_ident()

    def _leave(self, gate: threading.Lock) -> bool:
        """Wait no longer; False where the turn came in this very moment."""
        with self._mutex:
            if gate not in self._line:
                return False
            self._line.remove(gate)
            self._is_stuck = True
            return True

    def give(self) -> bool:
        """Let the next one have it; whether this thread had it."""
        with self._mutex:
            if self._holder != threading.get_ident():
                return False
            self._is_stuck = False
            if not self._line:
                self._holder = None
                return True
            self._holder = -1  # the next one's, as soon as it runs
            gate = self._line.popleft()
        gate.release()
        return True


class _Work:
    """Has the turn inside. Not a generator, which costs three times as much, five times a request."""

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __enter__(self) -> None:
        self._turn.take()

    def __exit__(self, *_raised: object) -> None:
        self._turn.give()


class _Wait:
    """Has it not inside, and has it again afterwards if it had it before."""

    __slots__ = ("_had", "_turn")

    def __init__(self, turn: Turn) -> None:
        self._turn, self._had = turn, False

    def __enter__(self) -> None:
        self._had = self._turn.give()

    def __exit__(self, *_raised: object) -> None:
        if self._had:
            self._turn.take()


TURN = Turn()
"""This process's."""
