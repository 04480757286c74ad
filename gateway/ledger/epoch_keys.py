"""The keys of epochs, as files: the present ones on the host, all of them wrapped to auditors beside the ledger.

Whoever deletes a wrapped key has shredded the epoch's hashes for good, without touching the chain.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
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
_KEY_BYTES = 32
_AGE = b"age-encryption.org/v1\n"
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch's key, and when it began."""

    name: str
    began: datetime
    key: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()  # whom it is wrapped to, as far as the host knows: the present epochs' alone
    wrapped_sha256: str | None = (
        None  # the digest of the wrapped key, as far as the host made it: the present epochs' alone
    )

    def hash_plate(self, plate: SoughtPlate) -> str:
        """HMAC-SHA-256 (hex) of the fold of a plate in normal form, or of a pattern."""
        return hmac.digest(self.key, fold(plate).encode(), "sha256").hex()

    def hash_text(self, text: str) -> str:
        """The same of a written reason, apart from all plates: case and blanks do not count."""
        plain = " ".join(text.casefold().split())
        return hmac.digest(self.key, b"reason\0" + plain.encode("utf-8", "replace"), "sha256").hex()


class NoEpochOpenedError(ConfigurationError):
    """A private key that none of the ended epochs' keys was wrapped to: a stranger's, or of an auditor who came after them."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """What lies in the place of an epoch's wrapped key. `epoch` is what a private key opened of it; None where it opened none.

    `fault` says why it surely is not that epoch's key, whatever the record says; None where it may be.
    """

    name: str
    digest: str | None
    epoch: Epoch | None = None
    fault: str | None = None


def wrapped_folder(directory: Path) -> Path:
    """Where a ledger keeps the wrapped keys of its epochs."""
    return directory / "keys" / "epochs"


def list_wrapped(directory: Path) -> frozenset[str]:
    """The epochs of plates of which a wrapped key lies beside a ledger."""
    return frozenset(path.stem for path in wrapped_folder(directory).glob("e*.age"))


def digest_wrapped(wrapped: bytes) -> str:
    """The digest (hex) by which the record knows a wrapped key. The key itself it must not hold: then nobody could destroy it."""
    return hashlib.sha256(wrapped).hexdigest()


def read_wrapped(directory: Path, private_key: str | None = None) -> Iterator[WrappedKey]:
    """All wrapped keys that lie there, opened as far as the private key does. Whatever stands in a file, none is an error.

    Raises:
        ConfigurationError: the private key is none.
    """
    identities = [] if private_key is None else read_identities(private_key)
    for path in sorted(wrapped_folder(directory).glob("[et]*.age")):
        if EPOCH_NAME.fullmatch(path.stem):
            yield _read_wrapped(path, identities)


def plate_hashes(
    plate: TypedPlate,
    *,
    directory: Path,
    secrets_directory: Path | None = None,
    private_key: str | None = None,
    without: Collection[str] = (),
) -> dict[str, str]:
    """What a plate or a part of one (as typed) hashes to, by epoch: the present one from the host, all others with an auditor's key.

    Wrapped keys of epochs `without` which it is to go are not believed.

    Raises:
        ConfigurationError: the private key is none, or opens none of the wrapped keys.
    """
    known = readable_epochs(directory, secrets_directory, private_key, without)
    sought = normalize_sought(plate)
    return {epoch.name: epoch.hash_plate(sought) for epoch in known if epoch.name.startswith("e")}


def readable_epochs(
    directory: Path,
    secrets_directory: Path | None = None,
    private_key: str | None = None,
    without: Collection[str] = (),
) -> list[Epoch]:
    """The epochs of both series whose keys can be had: the present ones from the host, others with an auditor's key.

    Raises:
        ConfigurationError: the private key is none, or opens none of the wrapped keys.
    """
    known: dict[str, Epoch] = {}
    if secrets_directory is not None:
        known = read_present(secrets_directory)
    if private_key is not None:
        opened = {epoch.name: epoch for epoch in _unwrap_key(directory, private_key) if epoch.name not in without}
        known = opened | known
    return [known[name] for name in sorted(known)]


def read_present(secrets_directory: Path) -> dict[str, Epoch]:
    """The epochs whose keys lie on the host, by name."""
    found = [read_epoch(path) for path in sorted((secrets_directory / "epochs").glob("[et]*.key"))]
    return {epoch.name: epoch for epoch in found}


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
    found = list(read_wrapped(directory, private_key))
    opened = [wrapped.epoch for wrapped in found if wrapped.epoch is not None]
    if found and not opened:
        raise NoEpochOpenedError(["this private key opens none of the wrapped epoch keys"])
    return opened


def _read_wrapped(path: Path, identities: list[pyrage.x25519.Identity]) -> WrappedKey:
    name = path.stem
    try:
        if not path.is_file() or path.stat().st_size > _LONGEST:
            return WrappedKey(name, None, fault="it is no file that holds a wrapped key")
        text = path.read_bytes()
    except OSError:
        return WrappedKey(name, None, fault="it cannot be read")
    if not text.startswith(_AGE):
        return WrappedKey(name, digest_wrapped(text), fault="it is no wrapped key")
    epoch, fault = _unwrap(name, text, identities) if identities else (None, None)
    return WrappedKey(name, digest_wrapped(text), epoch, fault)


def _unwrap(name: str, text: bytes, identities: list[pyrage.x25519.Identity]) -> tuple[Epoch | None, str | None]:
    """The epoch of this name whose key is wrapped there, or else what is wrong with it; neither where it does not open."""
    try:
        epoch = _parse(pyrage.decrypt(text, identities))
    except pyrage.DecryptError:  # wrapped to other auditors
        return None, None
    except (ValueError, KeyError, TypeError, AttributeError, ConfigurationError):
        return None, "what is wrapped in it is no key of an epoch"
    return (epoch, None) if epoch.name == name else (None, "what is wrapped in it is the key of another epoch")


def read_epoch(path: Path) -> Epoch:
    """The epoch whose key lies open in a file."""
    return _parse(path.read_bytes())


def write_epoch(epoch: Epoch) -> bytes:
    """What is kept of an epoch, open and wrapped alike; open, with the digest of what is wrapped."""
    began = format_instant(epoch.began)
    kept = {"epoch": epoch.name, "began": began, "key": epoch.key.hex(), "recipients": epoch.recipients}
    return orjson.dumps(kept if epoch.wrapped_sha256 is None else kept | {"wrapped_sha256": epoch.wrapped_sha256})


def _parse(text: bytes) -> Epoch:
    value = orjson.loads(text)
    began = parse_instant(value["began"])
    if began is None:
        raise ConfigurationError(["a key of plate_hmac cannot be read"])
    key = bytes.fromhex(value["key"])
    if len(key) != _KEY_BYTES:
        raise ConfigurationError(["a key of plate_hmac cannot be read"])
    return Epoch(value["epoch"], began, key, tuple(value.get("recipients", ())), value.get("wrapped_sha256"))
