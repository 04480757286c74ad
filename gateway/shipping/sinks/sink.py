"""What a courier needs of a receiver of records."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from gateway.shipping.formats import Record

AT_ONCE_S = 5.0
"""A connection that ends so soon was refused: with TLS 1.3 our side is done before the other has judged our certificate, or missed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of a batch.

    `left`, in order, is what the receiver did not take yet and must be offered again; `refused` what it will never
    take, to be put aside; all the rest it has. `why` is a sentence of ours where anything is left; `hopeless`: it is of a
    kind that waiting does not mend, so that somebody should know at once. `fault` is the receiver's own word for why it
    refused, where it has one.
    """

    left: tuple[Record, ...] = ()
    refused: tuple[Record, ...] = ()
    fault: str | None = None
    why: str | None = None
    retry_after_s: float | None = None
    hopeless: bool = False


class DeliveryState(Enum):
    """What is known of all that was sent before: it arrived, that is not known yet, or it may be lost.

    The others: it may be lost, and the receiver ended the connection as soon as it was made. It was shown our certificate
    (`REFUSED`), which has ended (`OUTDATED`); it was shown none over TLS (`UNSHOWN`); there is no TLS (`CLOSED`).
    """

    ARRIVED = "arrived"
    UNKNOWN = "unknown"
    LOST = "lost"
    REFUSED = "refused"
    OUTDATED = "outdated"
    UNSHOWN = "unshown"
    CLOSED = "closed"


Coming = Callable[[], Iterator[Record]]
"""Looks through all records that are still to be sent, from the first; it is long where much waits."""


class Sink(Protocol):
    """A receiver. Used by one thread; `send` raises nothing for what receivers and networks do."""

    @property
    def settle_s(self) -> float:
        """Seconds after which what was sent counts as received, if delivery has not failed since; 0: at once."""

    def expect(self, coming: Coming) -> None:
        """Told before the first record, and wherever the courier begins anew, what will be sent from here on."""

    def send(self, batch: Sequence[Record]) -> Attempt:
        """Offer these records, in order."""

    def delivery_state(self) -> DeliveryState:
        """What is known of what was sent. What may be lost is said once; the courier then goes back to what had settled."""

    def close(self) -> None:
        """Let go of connections and files."""


def add_word(sentence: str, word: str | None) -> str:
    """A sentence of ours with the receiver's own word behind it."""
    return f"{sentence} ({word})" if word else sentence
