"""The keys that sign checkpoints: the private ones with the host's secrets, the public ones beside the ledger.

`audit rotate-key` adds a key; for the time of the overlap every checkpoint carries both signatures, then the old one is
retired by a checkpoint and erased. Whoever trusts one key can so follow the chain to every later one.
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.clock import format_instant, parse_instant
from gateway.durable import Disk, make_within, write_once, write_whole
from gateway.ledger.checkpoints.note import SigningKey, VerifierKey
from gateway.value import replace

_FAULT = "a public key beside the ledger is not written as name+id+key, or the id is not that of the key"
_RING = "checkpoint-keys.json"


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A signing key of this host.

    `until` is when its overlap ends, None while no other replaces it; `announced`: a checkpoint has named it.
    """

    key: SigningKey = field(repr=False)
    until: datetime | None = None
    announced: bool = False


class CheckpointKeys:
    """Reads and writes the key ring. Only who holds the checkpoint lock may call it."""

    def __init__(self, directory: Path, secrets_directory: Path, *, disk: Disk) -> None:
        self._public, self._disk = directory / "keys", disk
        self._ring = secrets_directory / _RING
        self._origin = self._public / "installation"

    def list_held(self) -> list[HeldKey]:
        """All keys that sign now, the newest last; makes the installation's first key where there is none.

        Raises:
            OSError, ValueError: the ring cannot be read or written.
        """
        if not self._ring.exists():
            self._save([HeldKey(self._fresh())])
        return [_read_key(item) for item in orjson.loads(self._ring.read_bytes())]

    def add(self, until: datetime) -> VerifierKey:
        """Add a key; those held before retire at `until`."""
        older = [replace(item, until=item.until or until) for item in self.list_held()]
        fresh = self._fresh()
        self._save([*older, HeldKey(fresh)])
        return fresh.verifier

    def settle(self, retired: set[str]) -> None:
        """After a checkpoint is durable: every key is announced now, and these are forgotten."""
        kept = [item for item in self.list_held() if item.key.verifier.key_id not in retired]
        if retired or not all(item.announced for item in kept):
            self._save([replace(item, announced=True) for item in kept])

    def _fresh(self) -> SigningKey:
        key = SigningKey(self._name(), Ed25519PrivateKey.generate())
        verifier = key.verifier
        make_within(self._public.parent, self._public.name, self._disk)
        write_whole(self._public / _name_of_public(verifier), [f"{verifier}\n".encode()], self._disk)
        return key

    def _name(self) -> str:
        return origin(self._public.parent, disk=self._disk)

    def _save(self, ring: list[HeldKey]) -> None:
        self._disk.folder(self._ring.parent)
        write_whole(self._ring, [orjson.dumps([_write_key(item) for item in ring])], self._disk)


def signs_elsewhere(directory: Path, secrets_directory: Path) -> bool:
    """Whether this host signs a ledger, and it is not the one there: a key of its ring was never published beside it.

    Raises:
        OSError, ValueError: the ring cannot be read.
    """
    ring = secrets_directory / _RING
    held = [_read_key(item) for item in orjson.loads(ring.read_bytes())] if ring.exists() else []
    return not all((directory / "keys" / _name_of_public(one.key.verifier)).exists() for one in held)


def lacks_its_keys(directory: Path, secrets_directory: Path) -> bool:
    """Whether a ledger was signed there, and this host holds no key: a new one would be announced by nobody."""
    return not (secrets_directory / _RING).exists() and any((directory / "checkpoints").glob("*.notes*"))


def _name_of_public(key: VerifierKey) -> str:
    return f"checkpoint-{key.key_id}.vkey"


def origin(directory: Path, *, disk: Disk) -> str:
    """The random name of this installation, made at the first call: `lpr-gateway-` and 16 hex characters."""
    path = _find_name(directory)
    if not path.exists():
        disk.folder(path.parent)
        write_once(path, f"lpr-gateway-{secrets.token_hex(8)}\n".encode())  # of several workers' the first one's
    return known_origin(directory)


def known_origin(directory: Path) -> str:
    """The same of a ledger that is in use: where its name is gone the folder was moved, and is not begun anew.

    Raises:
        FileNotFoundError: there is no name.
    """
    return _find_name(directory).read_text("ascii").strip()


def read_origin(directory: Path) -> str | None:
    """The name that lies beside a ledger, unjudged; None where there is none."""
    path = _find_name(directory)
    return path.read_text("ascii", "replace").strip() if path.is_file() else None


def _find_name(directory: Path) -> Path:
    return directory / "keys" / "installation"


def read_published_keys(directory: Path) -> list[VerifierKey]:
    """The public keys that lie beside a ledger.

    Raises:
        ValueError: a file there is no verifier key, and which.
    """
    keys, faults = sift_published_keys(directory)
    for file, fault in faults.items():
        raise ValueError(f"{file}: {fault}")
    return keys


def sift_published_keys(directory: Path) -> tuple[list[VerifierKey], dict[str, str]]:
    """The public keys that lie beside a ledger; and of each file there that holds none, why."""
    keys: list[VerifierKey] = []
    faults: dict[str, str] = {}
    for path in sorted((directory / "keys").glob("*.vkey")):
        try:
            keys.append(VerifierKey.parse(path.read_text("utf-8")))
        except ValueError:
            faults[f"keys/{path.name}"] = _FAULT
        except OSError as error:
            faults[f"keys/{path.name}"] = f"a public key beside the ledger cannot be read: {error.strerror or error}"
    return keys, faults


def _write_key(held: HeldKey) -> dict[str, str | bool | None]:
    private = base64.b64encode(held.key.private.private_bytes_raw()).decode()
    until = format_instant(held.until) if held.until else None
    return {"name": held.key.name, "private": private, "until": until, "announced": held.announced}


def _read_key(item: dict[str, Any]) -> HeldKey:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(item["private"]))
    until = parse_instant(item["until"]) if item["until"] else None
    return HeldKey(SigningKey(item["name"], private), until, item["announced"])
