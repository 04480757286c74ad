"""Handing checkpoints to the witnesses: each in order, and again until it was taken."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from gateway.call_faults import explain_call
from gateway.durable import REAL_DISK, Disk
from gateway.ledger.alarms import Alarm, Observer
from gateway.ledger.checkpoints.checkpoint import (
    PER_FILE,
    Checkpoint,
    Witnessed,
    latest,
    note_at,
    note_files,
    read_stored_notes,
)
from gateway.ledger.checkpoints.cosignatures import keep_cosignature
from gateway.ledger.checkpoints.http_witnesses import FORKED, LOST, Receipt, WitnessRefusalError
from gateway.ledger.checkpoints.keys import known_origin
from gateway.ledger.checkpoints.witnesses import Witness

_ROUND_S = 5.0
"""How long one round may take, however much a witness lacks: the next round goes on."""


class Publisher:
    """Gives checkpoints to the witnesses. Only who holds the checkpoint lock may call it.

    `heard` is told what time a witness on another host says it is.
    """

    def __init__(
        self,
        directory: Path,
        witnesses: Sequence[Witness],
        *,
        again_s: float,
        observer: Observer,
        heard: Callable[[datetime], object] = lambda _at: None,
        disk: Disk = REAL_DISK,
    ) -> None:
        self._directory, self._witnesses, self._heard, self._disk = directory, tuple(witnesses), heard, disk
        self._again_s, self._observer = again_s, observer
        self._taken: dict[str, int] = {}
        self._looked: set[str] = set()
        self._again_at = 0.0

    def list_witnessed(self, last: Checkpoint | None) -> tuple[Witnessed, ...]:
        """What each witness has taken, as far as this process or the last checkpoint knows."""
        self._recall(last)
        said = {item.name for item in last.witnessed if item.off_host} if last else set()
        return tuple(Witnessed(item.name, self._taken[item.name], _is_off_host(item, said)) for item in self._witnesses)

    def publish(self, last: Checkpoint) -> None:
        """Give each witness what it has not taken, up to the last checkpoint."""
        self._recall(last)
        self._again_at = time.monotonic() + self._again_s
        for witness in self._witnesses:
            try:
                self._give(witness)
            except OSError as error:
                why = str(error) if isinstance(error, WitnessRefusalError) else explain_call(error)
                sentence = f"the witness {witness.name} has not taken checkpoint {last.number}: {why}"
                self._observer.alarm(Alarm.WITNESS_FAILING, sentence, witness.name)
            else:
                self._end_where_taken(witness, last)

    def publish_again(self, last: Checkpoint) -> None:
        """The same, where a witness lacks something and was not asked a short while ago."""
        self._recall(last)
        for witness in self._witnesses:
            self._end_where_taken(witness, last)
        behind = any(self._taken[witness.name] < last.number for witness in self._witnesses)
        if behind and time.monotonic() >= self._again_at:
            self.publish(last)

    def _end_where_taken(self, witness: Witness, last: Checkpoint) -> None:
        """Another process may have handed it over."""
        if self._taken[witness.name] >= last.number:
            self._observer.end_alarm(Alarm.WITNESS_FAILING, witness.name)

    def _recall(self, last: Checkpoint | None) -> None:
        """What other processes handed over, as the last checkpoint says."""
        said = {item.name: item.number for item in last.witnessed} if last else {}
        for witness in self._witnesses:
            self._taken[witness.name] = max(self._taken.get(witness.name, 0), said.get(witness.name, 0))

    def _give(self, witness: Witness) -> None:
        end, name = time.monotonic() + _ROUND_S, witness.name
        self._look(witness)
        untaken = enumerate(self._find_untaken(self._taken[name]), self._taken[name] + 1)
        for number, whole in takewhile(lambda _: time.monotonic() < end, untaken):
            if number <= self._taken[name]:
                continue
            taken, receipt = self._hand_over(witness, number, whole)
            self._taken[name] = taken
            if receipt.cosignature is not None:
                keep_cosignature(self._directory, taken, receipt.cosignature, disk=self._disk)
            if receipt.at is not None and witness.off_host:
                self._heard(receipt.at)
        self._looked.add(name)

    def _look(self, witness: Witness) -> None:
        """Learn what a witness holds by now, where it can tell: of another history nothing may be put beside it.

        So after a crash, or another process, none is given twice either.
        """
        name = witness.name
        held = witness.ask_last(known_origin(self._directory), again=name in self._looked)
        if held is None:
            return
        if held.number and not (note_at(self._directory, held.number) or "").startswith(f"{held.text}\n"):
            raise WitnessRefusalError(FORKED)
        if not held.number and self._taken[name]:
            raise WitnessRefusalError(LOST)
        self._taken[name] = held.number

    def _hand_over(self, witness: Witness, number: int, whole: str) -> tuple[int, Receipt]:
        """Give one checkpoint; the number that the witness has then taken, and its answer.

        It may hold a later one, given before and not known here since a crash. Then that one is given once more, for only
        what lies here too was given from here. Else the last one here is given, so that the witness's keeper sees it.
        """
        receipt = witness.give(whole)
        if receipt.holds is None:
            return number, receipt
        held = note_at(self._directory, receipt.holds)
        if held is None:
            self._show_last(witness)
            raise WitnessRefusalError(FORKED)
        return receipt.holds, witness.give(held)

    def _show_last(self, witness: Witness) -> None:
        last = latest(self._directory)
        whole = note_at(self._directory, last[0].number) if last else None
        if whole is not None:
            witness.give(whole)

    def _find_untaken(self, taken: int) -> Iterator[str]:
        for path in note_files(self._directory):
            if int(path.stem) + PER_FILE > taken:
                wholes = [stored.whole for stored in read_stored_notes(path) if stored.whole]
                yield from wholes[max(0, taken + 1 - int(path.stem)) :]


def _is_off_host(witness: Witness, said: set[str]) -> bool:
    """While a host's name cannot be looked up, what the last checkpoint said of it holds."""
    try:
        return witness.off_host
    except OSError:
        return witness.name in said
