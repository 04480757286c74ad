"""Writing checkpoints: whoever holds the lock signs what all chains have come to, and hands it to the witnesses."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from gateway.audit.alarms import Alarm, Observer
from gateway.audit.checkpoint import (
    FIRST,
    PER_FILE,
    Checkpoint,
    Deleted,
    Witnessed,
    checkpoint_folder,
    latest,
    note_files,
    stored_notes,
    written_checkpoint,
)
from gateway.audit.checkpoint_keys import CheckpointKeys, HeldKey, origin
from gateway.audit.disk import Disk, put
from gateway.audit.heads import EMPTY, Head, heads
from gateway.audit.note import sign
from gateway.audit.slots import FileLock
from gateway.audit.witnesses import Witness
from gateway.clock import now, parsed, written

_LOCK_WAIT_S = 3.0
_PUBLISH_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """A checkpoint is due after so many new records, or so many seconds with any."""

    records: int = 1000
    seconds: int = 60


class Checkpointer:
    """One process's hand in the checkpoints of a directory."""

    def __init__(
        self,
        directory: Path,
        keys: CheckpointKeys,
        witnesses: Sequence[Witness],
        *,
        cadence: Cadence,
        disk: Disk,
        observer: Observer,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._directory, self._folder, self._keys = directory, checkpoint_folder(directory), keys
        self._witnesses, self._cadence = tuple(witnesses), cadence
        self._disk, self._observer, self._clock = disk, observer, clock
        self._taken: dict[str, int] = {}
        self._again_at = 0.0

    def write_if_due(self, *, closing: bool = False) -> bool:
        """Write a checkpoint if one is due and nobody else is at it; whether one was written.

        When `closing`, any new record makes one due, and another process is waited for. Where none is due, witnesses
        that did not take the earlier ones are asked again.
        """
        with self._locked(_LOCK_WAIT_S if closing else 0) as mine:
            if not mine:
                return False
            last = latest(self._directory)
            if self._is_due(last[0] if last else None, heads(self._directory, durable=False), closing=closing):
                self._write(last, heads(self._directory), ())
                return True
            if last is not None:
                self._witnessed(last[0])
                self._publish_again(last[0].number)
            return False

    def write(self, deleted: Sequence[Deleted] = ()) -> Checkpoint:
        """Write a checkpoint now, which also says that these records are lawfully gone.

        Raises:
            OSError, ValueError: it could not be written, or the ledger holds less than was signed before.
        """
        with self._locked(_LOCK_WAIT_S) as mine:
            if not mine:
                raise OSError("the checkpoints are locked by another process")
            return self._write(latest(self._directory), heads(self._directory), deleted)

    @contextlib.contextmanager
    def _locked(self, wait_s: float) -> Iterator[bool]:
        self._disk.folder(self._folder)
        lock = FileLock(self._folder / "lock")
        try:
            yield lock.take(wait_s)
        finally:
            lock.close()

    def _is_due(self, last: Checkpoint | None, present: dict[str, Head], *, closing: bool) -> bool:
        if last is None:
            return bool(present)
        fresh = sum(head.seq - last.heads.get(chain, EMPTY).seq for chain, head in present.items())
        before = parsed(last.time)
        passed = (self._clock() - before).total_seconds() if before else -1
        waited = not 0 <= passed < self._cadence.seconds  # a clock set back must not put checkpoints off
        return fresh >= self._cadence.records or (fresh > 0 and (waited or closing))

    def _write(
        self, last: tuple[Checkpoint, str] | None, present: dict[str, Head], deleted: Sequence[Deleted]
    ) -> Checkpoint:
        before = last[0] if last else None
        if before and any(present.get(chain, EMPTY).seq < head.seq for chain, head in before.heads.items()):
            raise ValueError("the ledger holds less than its last checkpoint: run `audit verify`")
        at = self._clock()
        ring = self._keys.held()
        retired = tuple(item.key.verifier.key_id for item in ring if item.until is not None and item.until <= at)
        checkpoint = Checkpoint(
            origin=origin(self._directory, disk=self._disk),
            number=before.number + 1 if before else 1,
            time=written(at),
            previous=last[1] if last else FIRST,
            heads=present,
            deleted=joined((*(before.deleted if before else ()), *deleted)),
            new_keys=tuple(item.key.verifier for item in ring if not item.announced),
            retired=retired,
            witnessed=self._witnessed(before),
        )
        self._store(checkpoint, ring)
        self._keys.settle(set(retired))
        self._publish(checkpoint.number)
        return checkpoint

    def _store(self, checkpoint: Checkpoint, ring: list[HeldKey]) -> None:
        whole = sign(written_checkpoint(checkpoint), [item.key for item in ring])
        first = checkpoint.number - (checkpoint.number - 1) % PER_FILE
        path = self._folder / f"{first:016d}.notes"
        self._cut_torn_note(path)
        descriptor = self._disk.extend(path)
        try:
            self._disk.write(descriptor, f"{whole}\n".encode())
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        self._disk.sync_folder(self._folder)

    def _cut_torn_note(self, path: Path) -> None:
        """Bytes that a crash left of a note nobody has been told of are kept aside."""
        text = path.read_bytes() if path.exists() else b""
        whole = "".join(f"{stored.whole}\n" for stored in stored_notes(path) if stored.whole) if text else ""
        if whole.encode() != text:
            put(self._disk, path.with_name(path.name + ".torn"), text)
            put(self._disk, path, whole.encode())

    def _witnessed(self, before: Checkpoint | None) -> tuple[Witnessed, ...]:
        said = {item.name: item.number for item in before.witnessed} if before else {}
        for witness in self._witnesses:
            self._taken.setdefault(witness.name, said.get(witness.name, 0))
            self._taken[witness.name] = max(self._taken[witness.name], said.get(witness.name, 0))
        return tuple(Witnessed(item.name, self._taken[item.name], item.off_host) for item in self._witnesses)

    def _publish(self, number: int) -> None:
        """Give each witness what it has not taken, in order; one that fails gets it later."""
        self._again_at = time.monotonic() + self._cadence.seconds
        end = time.monotonic() + _PUBLISH_S
        for witness in self._witnesses:
            try:
                for whole in takewhile(lambda _: time.monotonic() < end, self._not_taken(self._taken[witness.name])):
                    witness.give(whole)
                    self._taken[witness.name] += 1
            except OSError as error:
                late = number - self._taken[witness.name]
                sentence = f"a witness has not taken {late} checkpoints: {type(error).__name__}"
                self._observer.alarm(Alarm.WITNESS_FAILING, sentence)

    def _publish_again(self, number: int) -> None:
        behind = any(self._taken[witness.name] < number for witness in self._witnesses)
        if behind and time.monotonic() >= self._again_at:
            self._publish(number)

    def _not_taken(self, taken: int) -> Iterator[str]:
        for path in note_files(self._directory):
            if int(path.stem) + PER_FILE > taken:
                wholes = [stored.whole for stored in stored_notes(path) if stored.whole]
                yield from wholes[max(0, taken + 1 - int(path.stem)) :]


def joined(runs: Sequence[Deleted]) -> tuple[Deleted, ...]:
    """The same runs of deleted records, adjacent ones made one, and those within another left out."""
    result: list[Deleted] = []
    for run in sorted(set(runs), key=lambda item: (item.chain_id, item.first_seq, -item.last_seq)):
        last = result[-1] if result else None
        if last and last.chain_id == run.chain_id and last.last_seq + 1 == run.first_seq:
            result[-1] = Deleted(run.chain_id, last.first_seq, run.last_seq, run.last_hash)
        elif not last or last.chain_id != run.chain_id or run.first_seq > last.last_seq:
            result.append(run)
    return tuple(result)


def signed_heads(directory: Path) -> dict[str, Head]:
    """What the last checkpoint holds of each chain; {} where there is none, or none can be read."""
    try:
        last = latest(directory)
    except ValueError:
        return {}
    return last[0].heads if last else {}
