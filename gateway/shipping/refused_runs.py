"""Records that a receiver will not take, put together in runs: a finding each, however many were refused at once."""

from collections.abc import Iterable

from gateway.shipping.formats import Record
from gateway.shipping.watch import FINDING_EVENT, Found, ShippingFinding
from gateway.value import replace


class RefusedRuns:
    """Those that nobody was told of yet. A run is of one chain and without a gap, so that it names no record that was taken."""

    def __init__(self) -> None:
        self._runs: list[ShippingFinding] = []

    def add(self, refused: Iterable[Record], fault: str | None = None) -> None:
        """Note these, in order, with the receiver's word for why; a run has that of its first. What was found is a record, and shipped: that it alone is refused is not recorded in turn, or it would never end."""
        for record in refused:
            chain, seq, is_to_record = record.chain.chain_id, record.chain.seq, record.event_type != FINDING_EVENT
            last = self._runs[-1] if self._runs else None
            if last is not None and last.chain == chain and last.last is not None and seq == last.last + 1:
                self._runs[-1] = replace(last, last=seq, is_to_record=last.is_to_record or is_to_record)
            else:
                found = ShippingFinding(what=Found.REFUSED, chain=chain, first=seq, last=seq, fault=fault)
                self._runs.append(replace(found, is_to_record=is_to_record))

    def take(self) -> list[ShippingFinding]:
        """All of them, which are then told."""
        runs, self._runs = self._runs, []
        return runs
