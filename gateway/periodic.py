"""What is done again and again beside the requests: on a thread of its own, until it is told to end."""

import threading
import time
from collections.abc import Callable

_AGAIN_S = 60.0
"""What goes on failing in the same way is told so often: a round may come four times a second."""


class PeriodicTask:
    """Acts every so often. A round that fails is told, at once and then each minute, and the next one comes all the same.

    The first round comes after `every_s`, or with `at_once` where it begins.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[], object],
        *,
        every_s: float,
        tell: Callable[[Exception], object],
        at_once: bool = False,
    ) -> None:
        self._act, self._every_s, self._tell, self._at_once = act, every_s, tell, at_once
        self._told: tuple[str, float] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self, within_s: float | None = None) -> bool:
        """Begin no further round, and wait for the one under way; whether there were any to end."""
        self._ended.set()
        if not self._thread.is_alive():
            return False
        self._thread.join(within_s)
        return True

    def _run(self) -> None:
        if self._at_once:
            self._act_once()
        while not self._ended.wait(self._every_s):
            self._act_once()

    def _act_once(self) -> None:
        try:
            self._act()
            self._told = None
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody is told and the next round comes
            failure, present = repr(error), time.monotonic()
            if self._told is None or self._told[0] != failure or present - self._told[1] >= _AGAIN_S:
                self._told = (failure, present)
                self._tell(error)
