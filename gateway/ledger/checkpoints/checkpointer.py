"""Writing checkpoints: whoever holds the lock signs what all chains have come to, and hands it to the witnesses."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.clock import format_instant, now, parse_instant
from gateway.durable import Disk, append_durably, make_within, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import (
    FIRST,
    PER_FILE,
    Checkpoint,
    Deleted,
    checkpoint_folder,
    latest,
    notes_in,
    write_checkpoint,
)
from gateway.ledger.checkpoints.keys import CheckpointKeys, HeldKey, known_origin
from gateway.ledger.checkpoints.note import VerifierKey, sign
from gateway.ledger.checkpoints.publisher import Publisher
from gateway.ledger.heads import EMPTY, Head, contradicts, heads
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.slots import FileLock
from gateway.model import Json

_LOCK_WAIT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """A checkpoint is due after so many new records, or so many seconds with any."""

    records: int
    seconds: int


class Checkpointer:
    """Writes the checkpoints of a ledger's directory, in turn with the other processes."""

    def __init__(
        self,
        directory: Path,
        keys: CheckpointKeys,
        publisher: Publisher,
        *,
        cadence: Cadence,
        disk: Disk,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._directory, self._folder, self._keys = directory, checkpoint_folder(directory), keys
        self._publisher, self._cadence = publisher, cadence
        self._disk, self._clock = disk, clock

    def write_if_due(self, *, closing: bool = False) -> bool:
        """Write a checkpoint if one is due and nobody else is at it; whether one was written.

        When `closing`, any new record makes one due, and another process is waited for. Where none is due, witnesses
        that did not take the earlier ones are asked again.
        """
        with self._lock(_LOCK_WAIT_S if closing else 0) as mine:
            if not mine:
                return False
            last = latest(self._directory)
            if self._is_due(last[0] if last else None, heads(self._directory, durable=False), closing=closing):
                self._write(last, heads(self._directory), ())
                return True
            if last is not None:
                self._publisher.publish_again(last[0])
            return False

    def write(self, deleted: Sequence[Deleted] = ()) -> Checkpoint:
        """Write a checkpoint now, which also says that these records are lawfully gone.

        Raises:
            OSError: it could not be written.
            ConfigurationError: the ledger holds less than was signed before, or another record there.
        """
        with self._lock(_LOCK_WAIT_S) as mine:
            if not mine:
                raise OSError("the checkpoints are locked by another process")
            return self._write(latest(self._directory), heads(self._directory), deleted)

    def rotate_key(self, overlap: timedelta, record: Callable[[Body], object]) -> VerifierKey:
        """Begin to sign with a new key; those before it sign along for the time of the overlap, then are retired.

        Raises:
            Refusal: AUDIT_UNAVAILABLE; nothing was changed.
            OSError: as `write`; the new key is announced by the next checkpoint.
            ConfigurationError: as `write`; nothing was changed.
        """
        with self._lock(_LOCK_WAIT_S) as mine:
            if not mine:
                raise OSError("the checkpoints are locked by another process")
            last, present = latest(self._directory), heads(self._directory)
            _require_signed(last, present)  # before anything is said or changed
            until = self._clock() + overlap
            old: list[Json] = [item.key.verifier.key_id for item in self._keys.list_held()]
            told = f"after {', '.join(map(str, old))}"
            record(admin_record("checkpoint_key.rotated", what=told, old_keys=old, overlap_until=format_instant(until)))
            key = self._keys.add(until)
            self._write(latest(self._directory), heads(self._directory), ())
            return key

    @contextlib.contextmanager
    def _lock(self, wait_s: float) -> Iterator[bool]:
        lock = FileLock(make_within(self._directory, self._folder.name, self._disk) / "lock")
        try:
            yield lock.take(wait_s)
        finally:
            lock.close()

    def _is_due(self, last: Checkpoint | None, present: dict[str, Head], *, closing: bool) -> bool:
        if last is None:
            return bool(present)
        fresh = sum(head.seq - last.heads.get(chain, EMPTY).seq for chain, head in present.items())
        before = parse_instant(last.time)
        passed = (self._clock() - before).total_seconds() if before else -1
        waited = not 0 <= passed < self._cadence.seconds  # a clock set back must not put checkpoints off
        return fresh >= self._cadence.records or (fresh > 0 and (waited or closing))

    def _write(
        self, last: tuple[Checkpoint, str] | None, present: dict[str, Head], deleted: Sequence[Deleted]
    ) -> Checkpoint:
        _require_signed(last, present)
        before = last[0] if last else None
        at = self._clock()
        ring = self._keys.list_held()
        retired = tuple(item.key.verifier.key_id for item in ring if item.until is not None and item.until <= at)
        checkpoint = Checkpoint(
            origin=known_origin(self._directory),
            number=before.number + 1 if before else 1,
            time=format_instant(at),
            previous=last[1] if last else FIRST,
            heads=present,
            deleted=join_heads((*(before.deleted if before else ()), *deleted)),
            new_keys=tuple(item.key.verifier for item in ring if not item.announced),
            retired=retired,
            witnessed=self._publisher.list_witnessed(before),
        )
        self._store(checkpoint, ring)
        self._keys.settle(set(retired))
        self._publisher.publish(checkpoint)
        return checkpoint

    def _store(self, checkpoint: Checkpoint, ring: list[HeldKey]) -> None:
        whole = sign(write_checkpoint(checkpoint), [item.key for item in ring])
        first = checkpoint.number - (checkpoint.number - 1) % PER_FILE
        path = self._folder / f"{first:016d}.notes"
        self._cut_torn_note(path)
        append_durably(path, f"{whole}\n".encode(), self._disk)

    def _cut_torn_note(self, path: Path) -> None:
        """Bytes that a crash left of a note nobody has been told of are kept aside."""
        content = path.read_bytes() if path.exists() else b""
        whole = [stored.whole for stored in notes_in(content, path.name) if stored.whole]
        size = sum(len(note.encode()) + 1 for note in whole)
        if size < len(content):
            write_whole(path.with_name(path.name + ".torn"), [content[size:]], self._disk)
        if size != len(content):
            write_whole(
                path, [content[:size].ljust(size, b"\n")], self._disk
            )  # only the empty line after a note may be missing


def _require_signed(last: tuple[Checkpoint, str] | None, present: Mapping[str, Head]) -> None:
    """Return where the chains hold what was signed of them before: nothing is signed over a hole or a forgery.

    Raises:
        ConfigurationError: they do not.
    """
    signed = last[0].heads if last else {}
    if any(contradicts(present.get(chain, EMPTY), head) for chain, head in signed.items()):
        told = "the ledger holds less than its last checkpoint, or another record where that ends"
        raise ConfigurationError([f"{told}, so nothing more is signed: run `audit verify`, and keep the folder"])


def join_heads(runs: Sequence[Deleted]) -> tuple[Deleted, ...]:
    """The same runs of deleted records, adjacent ones made one, and those within another left out."""
    result: list[Deleted] = []
    for run in sorted(set(runs), key=lambda item: (item.chain_id, item.first_seq, -item.last_seq, item.before is None)):
        last = result[-1] if result else None
        if last and last.chain_id == run.chain_id and last.last_seq + 1 == run.first_seq:
            result[-1] = Deleted(run.chain_id, last.first_seq, run.last_seq, run.last_hash, last.before)
        elif not last or last.chain_id != run.chain_id or run.first_seq > last.last_seq:
            result.append(run)
    return tuple(result)


def read_signed(directory: Path) -> Callable[[str], Head]:
    """What the last checkpoint holds of a chain; an empty head of each where there is none, or none can be read."""
    try:
        last = latest(directory)
    except ValueError:
        last = None
    signed = last[0].heads if last else {}
    return lambda chain: signed.get(chain, EMPTY)
