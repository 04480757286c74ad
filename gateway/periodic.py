"""What is done again and again beside the requests: on a thread of its own, until it is told to end."""

import threading
from collections.abc import Callable


class PeriodicTask:
    """Acts every so often. A round that fails is told, and the next one comes all the same.

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
        except Exception as error:  # noqa: BLE001 - whatever it was, somebody is told and the next round comes
            self._tell(error)
