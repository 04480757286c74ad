"""A batch delivered to an HTTP collector piece by piece, so that one record it will not take holds up no other."""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from gateway.shipping.formats import Record
from gateway.shipping.sinks.http import CollectorAnswer
from gateway.shipping.sinks.sink import Attempt, Coming, DeliveryState, add_word
from gateway.value import replace

_REFUSED = "the collector refused records"


class Poster(Protocol):
    """Who posts a batch once."""

    def post(self, batch: tuple[Record, ...]) -> CollectorAnswer:
        """Post these records."""

    def close(self) -> None:
        """Close what is kept open."""


class BatchSink:
    """Halves a refused batch until the refused record is alone; a record refused `refusals` times is put aside."""

    settle_s = 0.0

    def __init__(self, poster: Poster, refusals: int) -> None:
        self._poster, self._limit = poster, refusals
        self._refusals: dict[str, int] = {}

    def expect(self, coming: Coming) -> None:
        """Of a request that is cut off nothing is left to be mended: the collector takes it whole or not."""

    def send(self, batch: Sequence[Record]) -> Attempt:
        """Post these records; the first failure that is not about records ends the attempt."""
        waiting = deque([tuple(batch)])
        left: list[Record] = []
        refused: list[Record] = []
        fault: str | None = None
        while waiting:
            piece = waiting.popleft()
            answer = self._poster.post(piece)
            if answer.too_much and len(piece) > 1:
                waiting.extendleft([piece[len(piece) // 2 :], piece[: len(piece) // 2]])
                continue
            unwanted = answer.left if answer.too_much else answer.refused
            self._sort(unwanted, left, refused)
            fault = fault or answer.fault
            if not answer.too_much and answer.left:
                rest = tuple(record for other in waiting for record in other)
                return self._attempt(batch, (*left, *answer.left, *rest), refused, replace(answer, fault=fault))
        why = add_word(_REFUSED, fault) if left else None
        return self._attempt(batch, tuple(left), refused, CollectorAnswer(why=why, fault=fault))

    def _sort(self, unwanted: Sequence[Record], left: list[Record], refused: list[Record]) -> None:
        for record in unwanted:
            count = self._refusals.get(record.chain.hash, 0) + 1
            self._refusals[record.chain.hash] = count
            (refused if count >= self._limit else left).append(record)

    def _attempt(
        self, batch: Sequence[Record], left: tuple[Record, ...], refused: list[Record], answer: CollectorAnswer
    ) -> Attempt:
        waiting = {record.chain.hash for record in left}
        self._refusals = {known: count for known, count in self._refusals.items() if known in waiting}
        ordered = tuple(record for record in batch if record.chain.hash in waiting)
        return Attempt(
            left=ordered,
            refused=tuple(refused),
            fault=answer.fault if refused else None,
            why=answer.why,
            retry_after_s=answer.retry_after_s,
            hopeless=answer.hopeless,
        )

    def delivery_state(self) -> DeliveryState:
        """What a collector said it has, it has."""
        return DeliveryState.ARRIVED

    def close(self) -> None:
        """Close the connection."""
        self._poster.close()
