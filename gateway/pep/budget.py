"""How much one credential, and one person with all of theirs, may ask of the gateway and write into its record.

Whoever has a key may ask for what is denied, or cannot be read, as often as they like, and each time is a record. So both
are budgeted here, before anything is read or written: a budget fills up steadily, and what is beyond it is told to wait.
Kept in each worker's memory, where each grants its share of the whole; a name comes here only once its credential was
proved.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.errors import Refusal
from gateway.reasons import Reason

_DAY_S = 86_400.0
_MINUTE_S = 60.0
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLimits:
    """What one worker grants one credential, and one person: at once, and again in that time."""

    requests_per_minute: int
    record_bytes_per_day: int


@dataclass(slots=True)
class _Account:
    """What is left of each, as of a moment."""

    at: float
    requests: float
    record_bytes: float


class Budget:
    """Used by many threads at once."""

    def __init__(self, limits: BudgetLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._accounts: dict[str, _Account] = {}
        self._mutex = threading.Lock()

    def admit(self, names: Sequence[str]) -> None:
        """Take one request from each account.

        Raises:
            Refusal: TOO_MANY_REQUESTS, with the seconds until there is room again; nothing was taken then.
        """
        with self._mutex:
            accounts = [self._fill(name) for name in names]
            wait = max(map(self._wait_s, accounts), default=0.0)
            if wait > 0:
                raise Refusal(Reason.TOO_MANY_REQUESTS, retry_after_s=max(1, math.ceil(wait)))
            for account in accounts:
                account.requests -= 1

    def spend(self, names: Sequence[str], record_bytes: int) -> None:
        """Take what was written into the record; an account may go below nothing, and then waits longer."""
        with self._mutex:
            for name in names:
                self._fill(name).record_bytes -= record_bytes

    def _fill(self, name: str) -> _Account:
        limits, now = self._limits, self._clock()
        account = self._accounts.get(name)
        if account is None:
            self._forget_full_ones()
            full = _Account(now, float(limits.requests_per_minute), float(limits.record_bytes_per_day))
            return self._accounts.setdefault(name, full)
        passed, account.at = now - account.at, now
        most, largest = limits.requests_per_minute, limits.record_bytes_per_day
        account.requests = min(most, account.requests + passed * most / _MINUTE_S)
        account.record_bytes = min(largest, account.record_bytes + passed * largest / _DAY_S)
        return account

    def _forget_full_ones(self) -> None:
        """An account that is full again is like one that never was: memory stays bounded by who asks in a day."""
        if len(self._accounts) < _REMEMBERED:
            return
        for name in list(self._accounts):
            account, limits = self._fill(name), self._limits
            if (account.requests, account.record_bytes) >= (limits.requests_per_minute, limits.record_bytes_per_day):
                del self._accounts[name]

    def _wait_s(self, account: _Account) -> float:
        for_request = (1 - account.requests) * _MINUTE_S / self._limits.requests_per_minute
        for_record = (1 - account.record_bytes) * _DAY_S / self._limits.record_bytes_per_day
        return max(for_request, for_record, 0.0)
