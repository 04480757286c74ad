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

import hmac
import os
import re
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pyrage

from gateway.clock import format_instant, parse_instant
from gateway.durable import Disk, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import read_identities, wrap
from gateway.ledger.records.event import Body, admin_record
from gateway.ledger.slots import FileLock
from gateway.plates import SoughtPlate, TypedPlate, fold, normalize_sought
from gateway.value import replace

_NAME = re.compile(r"[et]\d{6}")
_FIELDS = {"e": ("plate_hmac", "plate_hmac_epoch"), "t": ("plate_trace", "plate_trace_epoch")}
_LOCK_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch's key, and when it began."""

    name: str
    began: datetime
    key: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()  # whom it is wrapped to, as far as the host knows: the present epochs' alone

    def hash_plate(self, plate: SoughtPlate) -> str:
        """HMAC-SHA-256 (hex) of the fold of a plate in normal form, or of a pattern."""
        return hmac.digest(self.key, fold(plate).encode(), "sha256").hex()

    def hash_text(self, text: str) -> str:
        """The same of a written reason, apart from all plates: case and blanks do not count."""
        plain = " ".join(text.casefold().split())
        return hmac.digest(self.key, b"reason\0" + plain.encode("utf-8", "replace"), "sha256").hex()


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

    def turn(self, now: datetime, record: Callable[[Body], object]) -> None:
        """Take up the present epoch, beginning the next one where it is over. `record` must make its record durable.

        The old key is erased only after the new one is wrapped and the turn recorded; one process does it for all.

        Raises:
            OSError, ConfigurationError: the keys cannot be read, written or locked.
        """
        if self._epoch is not None and now < self._epoch.began + self._length:
            return
        with self._guard:
            self._disk.folder(self._open)
            self._disk.folder(self._wrapped)
            lock = FileLock(self._open / "lock")
            try:
                if not lock.take(_LOCK_WAIT_S):
                    raise ConfigurationError(["the keys of plate_hmac are locked by another process"])
                self._epoch = self._turn(now, record)
            finally:
                lock.close()

    def _turn(self, now: datetime, record: Callable[[Body], object]) -> Epoch:
        names = sorted(path.stem for path in self._open.glob(f"{self._series}*.key") if _NAME.fullmatch(path.stem))
        present = self._pass_on(_read(self._open / f"{names[-1]}.key"), record) if names else None
        if present is None or now >= present.began + self._length or self._has_somebody_left(present):
            present = self._begin(self._next_name(), self._beginning(now))
            names.append(present.name)
        for name in names[:-1]:
            record(admin_record("epoch.rotated", epoch=name, next_epoch=present.name, wrapped=self._is_wrapped(name)))
            self._erase(self._open / f"{name}.key")
        return present

    def _has_somebody_left(self, present: Epoch) -> bool:
        return not set(present.recipients) <= set(self._recipients)

    def _pass_on(self, present: Epoch, record: Callable[[Body], object]) -> Epoch:
        """Wrap the present key to who has joined since, too. One that an earlier version began is taken to be wrapped to all."""
        joined = tuple(one for one in self._recipients if one not in present.recipients)
        if not joined:
            return present
        told = replace(present, recipients=present.recipients + joined)
        if present.recipients:
            record(admin_record("epoch.rewrapped", epoch=present.name, recipients=list(told.recipients)))
            write_whole(self._wrapped / f"{told.name}.age", [wrap(_write(told), told.recipients)], self._disk)
        write_whole(self._open / f"{told.name}.key", [_write(told)], self._disk)
        return told

    def _next_name(self) -> str:
        used = [path.stem for folder in (self._open, self._wrapped) for path in folder.iterdir()]
        mine = [int(name[1:]) for name in used if _NAME.fullmatch(name) and name[0] == self._series]
        return f"{self._series}{max(mine, default=0) + 1:06d}"

    def _beginning(self, now: datetime) -> datetime:
        """When the epoch that holds this moment begins: now, or in the middle of the other series' epoch before it."""
        if self._beside is None:
            return now
        middle = self._beside._present().began + self._length / 2  # noqa: SLF001 - the same class
        return middle if now >= middle else middle - self._length

    def _begin(self, name: str, now: datetime) -> Epoch:
        """A new epoch: its key is wrapped first, so that no crash can leave hashes that nobody can ever check."""
        epoch = Epoch(name, now, secrets.token_bytes(32), self._recipients)
        write_whole(self._wrapped / f"{name}.age", [wrap(_write(epoch), self._recipients)], self._disk)
        write_whole(self._open / f"{name}.key", [_write(epoch)], self._disk)
        return epoch

    def _is_wrapped(self, name: str) -> bool:
        return (self._wrapped / f"{name}.age").exists()

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


class NoEpochOpenedError(ConfigurationError):
    """A private key that none of the ended epochs' keys was wrapped to: a stranger's, or of an auditor who came after them."""


def wrapped_folder(directory: Path) -> Path:
    """Where a ledger keeps the wrapped keys of its epochs."""
    return directory / "keys" / "epochs"


def plate_hashes(
    plate: TypedPlate, *, directory: Path, secrets_directory: Path | None = None, private_key: str | None = None
) -> dict[str, str]:
    """What a plate or a part of one (as typed) hashes to, by epoch: the present one from the host, all others with an auditor's key.

    Raises:
        ConfigurationError: the private key is none, or opens none of the wrapped keys.
    """
    known = readable_epochs(directory, secrets_directory, private_key)
    sought = normalize_sought(plate)
    return {epoch.name: epoch.hash_plate(sought) for epoch in known if epoch.name.startswith("e")}


def readable_epochs(
    directory: Path, secrets_directory: Path | None = None, private_key: str | None = None
) -> list[Epoch]:
    """The epochs of both series whose keys can be had: the present ones from the host, others with an auditor's key.

    Raises:
        ConfigurationError: the private key is none, or opens none of the wrapped keys.
    """
    known: dict[str, Epoch] = {}
    if secrets_directory is not None:
        found = [_read(path) for path in sorted((secrets_directory / "epochs").glob("[et]*.key"))]
        known = {epoch.name: epoch for epoch in found}
    if private_key is not None:
        known |= {epoch.name: epoch for epoch in _unwrap_key(directory, private_key)}
    return [known[name] for name in sorted(known)]


def shred(
    directory: Path, secrets_directory: Path, epoch: str, *, why: str, record: Callable[[Body], object], disk: Disk
) -> bool:
    """Destroy an epoch's wrapped key, after recording it; False where there is none. The chain verifies as before.

    Raises:
        ConfigurationError: the epoch lasts: its key is on the host, so nothing would be out of reach by this but later.
    """
    path = wrapped_folder(directory) / f"{epoch}.age"
    if not _NAME.fullmatch(epoch) or not path.exists():
        return False
    if (secrets_directory / "epochs" / f"{epoch}.key").exists():
        raise ConfigurationError(
            [f"epoch {epoch} has not ended: plates are still hashed under its key, which is on this host"]
        )
    record(admin_record("epoch.shredded", epoch=epoch, why=why))
    disk.remove(path)
    disk.sync_folder(path.parent)
    return True


def _unwrap_key(directory: Path, private_key: str) -> list[Epoch]:
    files = sorted(wrapped_folder(directory).glob("[et]*.age"))
    opened = [epoch for path in files if (epoch := _unwrap(path, private_key)) is not None]
    if files and not opened:
        raise NoEpochOpenedError(["this private key opens none of the wrapped epoch keys"])
    return opened


def _unwrap(path: Path, private_key: str) -> Epoch | None:
    try:
        return _parse(pyrage.decrypt(path.read_bytes(), read_identities(private_key)))
    except pyrage.DecryptError:  # wrapped to other auditors
        return None


def _read(path: Path) -> Epoch:
    return _parse(path.read_bytes())


def _write(epoch: Epoch) -> bytes:
    began = format_instant(epoch.began)
    return orjson.dumps({"epoch": epoch.name, "began": began, "key": epoch.key.hex(), "recipients": epoch.recipients})


def _parse(text: bytes) -> Epoch:
    value = orjson.loads(text)
    began = parse_instant(value["began"])
    if began is None:
        raise ConfigurationError(["a key of plate_hmac cannot be read"])
    return Epoch(value["epoch"], began, bytes.fromhex(value["key"]), tuple(value.get("recipients", ())))
