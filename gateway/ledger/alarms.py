"""What the ledger tells those who must know: how it is doing, and that recording fails or lags."""

from enum import StrEnum
from typing import Protocol


class Alarm(StrEnum):
    """What can go wrong with the record; the value is the code that metrics, logs and the notify hook carry."""

    LEDGER_DEAD = "ledger_dead"
    COMMIT_LATE = "commit_late"
    EDGE_FAILING = "edge_failing"
    DISK_LOW = "disk_low"
    DISK_FULL = "disk_full"
    CHECKPOINT_FAILING = "checkpoint_failing"
    WITNESS_FAILING = "witness_failing"
    UPKEEP_FAILING = "upkeep_failing"
    SHIPPING_LATE = "shipping_late"
    CLOCK_UNTRUSTED = "clock_untrusted"
    STORE_ALTERED = "store_altered"
    FACTS_ALTERED = "facts_altered"
    LEDGER_ALTERED = "ledger_altered"
    POLICY_NOT_LOADED = "policy_not_loaded"
    CARDS_REFUSED = "cards_refused"


class Observer(Protocol):
    """Who watches the ledger. Called from many threads; must be quick and raise nothing."""

    def note_commit(self, seconds: float) -> None:
        """A record became durable after so long."""

    def alarm(self, alarm: Alarm, detail: str, about: str = "") -> None:
        """Something is wrong now. `detail` is a sentence of ours and holds nothing of any request.

        `about` names which it is of several that may be wrong by themselves, as a witness, a sink or a disk.
        """

    def end_alarm(self, alarm: Alarm, about: str = "") -> None:
        """What that alarm told of is well; also said where nothing was wrong."""


class Quiet:
    """An observer that watches nothing."""

    def note_commit(self, seconds: float) -> None:
        """Ignore it."""

    def alarm(self, alarm: Alarm, detail: str, about: str = "") -> None:
        """Ignore it."""

    def end_alarm(self, alarm: Alarm, about: str = "") -> None:
        """Ignore it."""
