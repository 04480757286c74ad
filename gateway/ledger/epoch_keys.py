"""The keys of epochs, as files: the present ones on the host, all of them wrapped to auditors beside the ledger.

Whoever deletes a wrapped key has shredded the epoch's hashes for good, without touching the chain.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import orjson
import pyrage

from gateway.clock import format_instant, parse_instant
from gateway.durable import Disk
from gateway.errors import ConfigurationError
from gateway.ledger.encryption import read_identities
from gateway.ledger.records.event import Body, admin_record
from gateway.plates import SoughtPlate, TypedPlate, fold, normalize_sought

EPOCH_NAME = re.compile(r"[et]\d{6}")


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
        found = [read_epoch(path) for path in sorted((secrets_directory / "epochs").glob("[et]*.key"))]
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
    if not EPOCH_NAME.fullmatch(epoch) or not path.exists():
        return False
    if (secrets_directory / "epochs" / f"{epoch}.key").exists():
        raise ConfigurationError(
            [f"epoch {epoch} has not ended: plates are still hashed under its key, which is on this host"]
        )
    record(admin_record("epoch.shredded", what=epoch, epoch=epoch, why=why))
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


def read_epoch(path: Path) -> Epoch:
    """The epoch whose key lies open in a file."""
    return _parse(path.read_bytes())


def write_epoch(epoch: Epoch) -> bytes:
    """What is kept of an epoch, open and wrapped alike."""
    began = format_instant(epoch.began)
    return orjson.dumps({"epoch": epoch.name, "began": began, "key": epoch.key.hex(), "recipients": epoch.recipients})


def _parse(text: bytes) -> Epoch:
    value = orjson.loads(text)
    began = parse_instant(value["began"])
    if began is None:
        raise ConfigurationError(["a key of plate_hmac cannot be read"])
    return Epoch(value["epoch"], began, bytes.fromhex(value["key"]), tuple(value.get("recipients", ())))
