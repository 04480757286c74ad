"""The keys of `plate_hmac` and `plate_trace`, one an epoch, so that a plate can be followed and not guessed for ever.

There are few enough plates to try them all against a known key. So an epoch's key lies on the host only while the
epoch lasts (30 days by policy); wrapped to the auditors it stays in `keys/epochs/<epoch>.age`, and whoever deletes that
file has shredded the epoch's hashes for good, without touching the chain.

There are two series of epochs, `e` for `plate_hmac` and `t` for `plate_trace`, each turning in the middle of the other's.
So two searches of a plate less than half an epoch apart always share a hash, across every turn; and no key lies on the
host for longer than before. docs/oversight.md says what that shows and what it does not.

An auditor who joins gets the present epochs' keys at the next start, so that nothing since can be out of everybody's reach where
another's key is lost. Where one has left, both series turn at once: whoever has left follows no plate recorded after that.
"""

import os
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from gateway.durable import Disk, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import wrap
from gateway.ledger.epoch_keys import EPOCH_NAME, Epoch, digest_wrapped, read_epoch, wrapped_folder, write_epoch
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.slots import FileLock
from gateway.plates import SoughtPlate
from gateway.value import replace

_FIELDS = {"e": ("plate_hmac", "plate_hmac_epoch"), "t": ("plate_trace", "plate_trace_epoch")}
_LOCK_WAIT_S = 5.0


class Epochs:
    """The present epoch of an installation, shared by all its processes through two folders.

    `directory` is the ledger's (wrapped keys), `secrets_directory` holds the present key and is never exported.
    With `beside`, these are the epochs of `plate_trace`, which turn in the middle of those.
    """

    def __init__(
        self,
        directory: Path,
        secrets_directory: Path,
        recipients: Sequence[str],
        *,
        days: int,
        disk: Disk,
        beside: "Epochs | None" = None,
    ) -> None:
        self._beside, self._series = beside, "e" if beside is None else "t"
        self._wrapped, self._open = wrapped_folder(directory), secrets_directory / "epochs"
        self._recipients, self._length, self._disk = tuple(recipients), timedelta(days=days), disk
        self._guard = threading.Lock()
        self._epoch: Epoch | None = None

    def hash_plate(self, plate: SoughtPlate) -> Body:
        """The hash of a plate in normal form and its epoch, as the fields of this series."""
        epoch, (name, under) = self._present(), _FIELDS[self._series]
        return {name: epoch.hash_plate(plate), under: epoch.name}

    def hash_text(self, text: str) -> str:
        """The present epoch's hash of a written reason."""
        return self._present().hash_text(text)

    def _present(self) -> Epoch:
        if self._epoch is None:
            raise ValueError("no epoch before the first turn")
        return self._epoch

    def turn(self, now: datetime, record: Callable[[Body], object], *, may_end: bool = True) -> None:
        """Take up the present epoch, beginning the next one where it is over. `record` must make its record durable.

        The old key is erased only after the new one is wrapped and the turn recorded; one process does it for all.
        Unless it `may_end` (the clock is believed), the epoch that is there is taken up, whatever its age.

        Raises:
            OSError, ConfigurationError: the keys cannot be read, written or locked.
        """
        if self._epoch is not None and (not may_end or now < self._epoch.began + self._length):
            return
        with self._guard:
            if self._epoch is None:  # later a folder that is gone was moved away, and is not begun anew in its place
                self._disk.folder(self._open)
                self._disk.folder(self._wrapped)
            lock = FileLock(self._open / "lock")
            try:
                if not lock.take(_LOCK_WAIT_S):
                    raise ConfigurationError(["the keys of plate_hmac are locked by another process"])
                self._epoch = self._turn(now, record, may_end=may_end)
            finally:
                lock.close()

    def _turn(self, now: datetime, record: Callable[[Body], object], *, may_end: bool) -> Epoch:
        names = sorted(path.stem for path in self._open.glob(f"{self._series}*.key") if EPOCH_NAME.fullmatch(path.stem))
        present = self._pass_on(read_epoch(self._open / f"{names[-1]}.key"), record) if names else None
        if present is not None and not may_end:
            return present
        if present is None or now >= present.began + self._length or self._has_somebody_left(present):
            present = self._begin(self._next_name(), self._beginning(now))
            names.append(present.name)
        for name in names[:-1]:
            record(
                admin_record(
                    "epoch.rotated",
                    what=name,
                    epoch=name,
                    next_epoch=present.name,
                    wrapped=self._is_wrapped(name),
                    wrapped_sha256=self._digest_of(name),
                )
            )
            self._erase(self._open / f"{name}.key")
        return present

    def _has_somebody_left(self, present: Epoch) -> bool:
        return not set(present.recipients) <= set(self._recipients)

    def _pass_on(self, present: Epoch, record: Callable[[Body], object]) -> Epoch:
        """Wrap the present key to who has joined since, too, and to all where its wrapped key is not there as it was made.

        One that an earlier version began is taken to be wrapped to all.
        """
        joined = tuple(one for one in self._recipients if one not in present.recipients)
        missing = not self._is_as_wrapped(present)
        if not joined and not missing:
            return present
        told = replace(present, recipients=present.recipients + joined)
        if present.recipients or missing:
            record(
                admin_record("epoch.rewrapped", what=present.name, epoch=present.name, recipients=list(told.recipients))
            )
            told = self._wrap(told)
        write_whole(self._open / f"{told.name}.key", [write_epoch(told)], self._disk)
        return told

    def _next_name(self) -> str:
        used = [path.stem for folder in (self._open, self._wrapped) for path in folder.iterdir()]
        mine = [int(name[1:]) for name in used if EPOCH_NAME.fullmatch(name) and name[0] == self._series]
        return f"{self._series}{max(mine, default=0) + 1:06d}"

    def _beginning(self, now: datetime) -> datetime:
        """When the epoch that holds this moment begins: now, or in the middle of the other series' epoch before it."""
        if self._beside is None:
            return now
        middle = self._beside._present().began + self._length / 2  # noqa: SLF001 - the same class
        return middle if now >= middle else middle - self._length

    def _begin(self, name: str, now: datetime) -> Epoch:
        """A new epoch: its key is wrapped first, so that no crash can leave hashes that nobody can ever check."""
        epoch = self._wrap(Epoch(name, now, secrets.token_bytes(32), self._recipients))
        write_whole(self._open / f"{name}.key", [write_epoch(epoch)], self._disk)
        return epoch

    def _wrap(self, epoch: Epoch) -> Epoch:
        """Write the wrapped key; the epoch with its digest, which is kept where it cannot be changed together with the file alone."""
        wrapped = wrap(write_epoch(replace(epoch, wrapped_sha256=None)), epoch.recipients)
        write_whole(self._wrapped / f"{epoch.name}.age", [wrapped], self._disk)
        return replace(epoch, wrapped_sha256=digest_wrapped(wrapped))

    def _digest_of(self, name: str) -> str | None:
        """Of the wrapped key of an epoch that ends, as it was made; None where an earlier version made it, or a crash cut its erasing off."""
        try:
            return read_epoch(self._open / f"{name}.key").wrapped_sha256
        except (ValueError, KeyError, TypeError, AttributeError, ConfigurationError):
            return None

    def _is_wrapped(self, name: str) -> bool:
        return (self._wrapped / f"{name}.age").exists()

    def _is_as_wrapped(self, epoch: Epoch) -> bool:
        """Whether its wrapped key lies there as it was made; an earlier version kept no digest of it."""
        try:
            wrapped = (self._wrapped / f"{epoch.name}.age").read_bytes()
        except FileNotFoundError:
            return False
        return epoch.wrapped_sha256 in (None, digest_wrapped(wrapped))

    def _erase(self, path: Path) -> None:
        """Overwrite, sync, remove. What a copying file system or a flash disk keeps of it is beyond us."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            self._disk.write(descriptor, os.urandom(path.stat().st_size))
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        self._disk.remove(path)
        self._disk.sync_folder(path.parent)
