"""What a witness holds: of each ledger the last checkpoint, the keys that may sign the next, and its own cosignature."""

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import REAL_DISK, write_once, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import Checkpoint, digest, parse_checkpoint
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.heads import EMPTY
from gateway.ledger.slots import FileLock

_MALFORMED, _NOT_SIGNED, _UNKNOWN, _CONFLICT, _ENDED, _FORK = 400, 403, 404, 409, 410, 422


class NotTakenError(Exception):
    """A checkpoint is not taken: an HTTP status, a sentence, and for a conflict the number that is held.

    `is_fault`: the keeper should see it; false of an old checkpoint, which is only told what followed it.
    """

    def __init__(self, status: int, sentence: str, held: int | None = None, *, is_fault: bool = True) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.held, self.is_fault = status, sentence, held, is_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCheckpoint:
    """The last checkpoint of one ledger: as it was given, this witness's word for it, and who may sign the next."""

    whole: str
    cosignature: str
    keys: tuple[VerifierKey, ...]
    checkpoint: Checkpoint = field(repr=False)


class CheckpointKeeper:
    """Keeps checkpoints in a folder. `take` may be called by many threads; one process at a time has the folder.

    Raises:
        ConfigurationError: another witness uses the folder, or it cannot be written.
    """

    def __init__(self, folder: Path, name: str, known: Sequence[VerifierKey]) -> None:
        try:
            REAL_DISK.folder(folder)
            self._lock = FileLock(folder / "lock")
        except OSError as error:
            raise ConfigurationError([f"the witness's folder {folder} cannot be written: {error.strerror}"]) from None
        if not self._lock.take(2.0):
            raise ConfigurationError([f"another witness uses the folder {folder}"])
        self._folder, self._known, self._mutex = folder, tuple(known), threading.Lock()
        self.cosigner = _own_key(folder, name)

    def take(self, old: int, whole: str, at: datetime) -> str:
        """Keep a checkpoint and give the cosignature of it; `old` is the number that the sender believes is held.

        Raises:
            NotTakenError: it does not follow what is held, or is not signed as it must be.
            OSError: it could not be kept, so it was not cosigned.
        """
        note, checkpoint = _read(whole)
        with self._mutex:
            held = read_held(self._folder, checkpoint.origin)
            keys = self._keys_for(checkpoint.origin, held)
            if held is not None and checkpoint.number < held.checkpoint.number:
                raise _conflict(checkpoint, held.checkpoint.number)  # also of one that only a key of before has signed
            if not any(verify_signature(note, key) for key in keys):
                raise NotTakenError(_NOT_SIGNED, "no key that may sign for this ledger has signed")
            if held is not None and held.checkpoint.number == checkpoint.number:
                return _again(held, note)
            ended = find_end(self._folder, checkpoint.origin)
            if ended is not None:
                raise NotTakenError(_ENDED, f"the log of {checkpoint.origin} was ended here: {ended}")
            _judge(old, checkpoint, held)
            line = self.cosigner.cosign(note.text, at)
            following = [*keys, *(key for key in checkpoint.new_keys if key not in keys)]
            self._keep(whole, line, [key for key in following if key.key_id not in checkpoint.retired], checkpoint)
            return line

    def list_held(self) -> list[HeldCheckpoint]:
        """What is held of every ledger."""
        found = [read_held(self._folder, path.stem) for path in sorted(self._folder.glob("lpr-gateway-*.json"))]
        return [held for held in found if held is not None]

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.close()

    def _keys_for(self, origin: str, held: HeldCheckpoint | None) -> tuple[VerifierKey, ...]:
        keys = held.keys if held else tuple(key for key in self._known if key.name == origin)
        if not keys:
            raise NotTakenError(_UNKNOWN, "this witness knows no key of this ledger")
        return keys

    def _keep(self, whole: str, line: str, keys: list[VerifierKey], checkpoint: Checkpoint) -> None:
        told = {"whole": whole, "cosignature": line, "keys": [str(key) for key in keys]}
        write_whole(_place(self._folder, checkpoint.origin), [orjson.dumps(told)])


def read_held(folder: Path, origin: str) -> HeldCheckpoint | None:
    """What a witness holds of a ledger.

    Raises:
        OSError: it is there and cannot be read; nothing may then be taken.
    """
    path = _place(folder, origin)
    if not path.exists():
        return None
    value: Any = orjson.loads(path.read_bytes())
    keys = tuple(VerifierKey.parse(text) for text in value["keys"])
    _, checkpoint = _read(value["whole"])
    return HeldCheckpoint(whole=value["whole"], cosignature=value["cosignature"], keys=keys, checkpoint=checkpoint)


def find_end(folder: Path, origin: str) -> str | None:
    """When and why the keeper ended the log of a ledger; None where it goes on. Read anew for each checkpoint."""
    path = ending(folder, origin)
    return path.read_text("utf-8").strip() if path.exists() else None


def ending(folder: Path, origin: str) -> Path:
    """The file whose being there ends the log of a ledger; what is held of it stays beside."""
    return folder / f"{origin}.ended"


def _place(folder: Path, origin: str) -> Path:
    return folder / f"{origin}.json"


def _read(whole: str) -> tuple[Note, Checkpoint]:
    try:
        note = parse(whole)
        return note, parse_checkpoint(note.text)
    except ValueError:
        raise NotTakenError(_MALFORMED, "this is no checkpoint in its exact form") from None


def _again(held: HeldCheckpoint, note: Note) -> str:
    """The same checkpoint once more is answered as before; another one of the same number is a fork."""
    if held.checkpoint == parse_checkpoint(note.text):
        return held.cosignature
    raise NotTakenError(_FORK, f"another checkpoint {held.checkpoint.number} is held: the ledger has forked")


def _judge(old: int, checkpoint: Checkpoint, held: HeldCheckpoint | None) -> None:
    number = held.checkpoint.number if held else 0
    if old != number or checkpoint.number <= number:
        raise _conflict(checkpoint, number)
    if held is None:
        return
    if checkpoint.number != number + 1 or checkpoint.previous != digest(held.whole):
        raise NotTakenError(_FORK, f"the checkpoint does not follow checkpoint {number}, which is held")
    if any(checkpoint.heads.get(chain, EMPTY).seq < head.seq for chain, head in held.checkpoint.heads.items()):
        raise NotTakenError(_FORK, "the checkpoint holds less than the one before it: the ledger was rolled back")


def _conflict(checkpoint: Checkpoint, held: int) -> NotTakenError:
    sentence = f"checkpoint {checkpoint.number} was offered, and {held} is held"
    return NotTakenError(_CONFLICT, sentence, held, is_fault=checkpoint.number > held)


def _own_key(folder: Path, name: str) -> Cosigner:
    """The witness's key, made at the first start; its name cannot be changed later."""
    path = folder / "witness.key"
    if not path.exists():
        private = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        write_once(path, f"{name} {private}\n".encode())
    kept, _, encoded = path.read_text("ascii").strip().partition(" ")
    if kept != name:
        raise ConfigurationError([f"this witness is called {kept}: a name is part of its key and cannot be changed"])
    return Cosigner(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded)))
