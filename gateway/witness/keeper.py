"""What a witness holds: of each ledger the last checkpoint, the keys that may sign the next, and its own cosignature."""

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.durable import REAL_DISK, append_durably, write_once, write_whole
from gateway.errors import ConfigurationError
from gateway.ledger.checkpoints.checkpoint import Checkpoint, digest, parse_checkpoint, write_checkpoint
from gateway.ledger.checkpoints.cosignature import Cosigner
from gateway.ledger.checkpoints.note import Note, VerifierKey, parse, verify_signature
from gateway.ledger.heads import EMPTY, contradicts
from gateway.ledger.slots import FileLock

_KEY, _LOCK = "witness.key", "lock"
_NOBODYS = frozenset({_LOCK, "lost+found"})
"""What a folder may hold in which no witness began: a first start that was cut off left it, or a file system has it."""
_MALFORMED, _NOT_SIGNED, _UNKNOWN, _CONFLICT, _ENDED, _FORK = 400, 403, 404, 409, 410, 422


class NotTakenError(Exception):
    """A checkpoint is not taken: an HTTP status, a sentence, and for a conflict the number that is held.

    `is_fault`: the keeper should see it; false of an old checkpoint that was taken before, which is only told what
    followed it. `origin`: whose it says it is, where it is a checkpoint at all.
    """

    origin: str | None = None

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
        ConfigurationError: another witness uses the folder, it holds what is no witness's, or it cannot be written.
    """

    def __init__(self, folder: Path, name: str, known: Sequence[VerifierKey]) -> None:
        try:
            _require_own(folder)
            REAL_DISK.folder(folder)
            self._lock = FileLock(folder / _LOCK)
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
            try:
                return self._take(old, _Offer(whole, note, checkpoint), at)
            except NotTakenError as refused:
                refused.origin = checkpoint.origin
                raise

    def _take(self, old: int, offer: "_Offer", at: datetime) -> str:
        checkpoint = offer.checkpoint
        held = read_held(self._folder, checkpoint.origin)
        keys = self._keys_for(checkpoint.origin, held)
        is_signed = any(verify_signature(offer.note, key) for key in keys)
        if held is not None and checkpoint.number < held.checkpoint.number:
            is_other = is_signed and self._was_another(offer)
            raise _conflict(
                checkpoint, held.checkpoint.number, is_other=is_other
            )  # also of what a key of before signed
        if not is_signed:
            raise NotTakenError(_NOT_SIGNED, "no key that may sign for this ledger has signed")
        if held is not None and held.checkpoint.number == checkpoint.number:
            return _again(held, offer.note)
        ended = find_end(self._folder, checkpoint.origin)
        if ended is not None:
            raise NotTakenError(_ENDED, f"the log of {checkpoint.origin} was ended here: {ended}")
        _judge(old, checkpoint, held)
        line = self.cosigner.cosign(offer.note.text, at)
        following = [*keys, *(key for key in checkpoint.new_keys if key not in keys)]
        self._keep(offer, line, [key for key in following if key.key_id not in checkpoint.retired])
        return line

    def _was_another(self, offer: "_Offer") -> bool:
        """Whether another checkpoint of this number was taken before; False of one from before digests were kept."""
        path = _digests(self._folder, offer.checkpoint.origin)
        lines = path.read_text("ascii", "replace").splitlines() if path.exists() else []
        start = f"{offer.checkpoint.number} "
        taken = {line.removeprefix(start) for line in lines if line.startswith(start)}
        return bool(taken) and _digest_text(offer.checkpoint) not in taken

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

    def _keep(self, offer: "_Offer", line: str, keys: list[VerifierKey]) -> None:
        """First the digest: of one that is then not kept, the next that is taken has the same."""
        told = {"whole": offer.whole, "cosignature": line, "keys": [str(key) for key in keys]}
        checkpoint = offer.checkpoint
        append_durably(
            _digests(self._folder, checkpoint.origin), f"{checkpoint.number} {_digest_text(checkpoint)}\n".encode()
        )
        write_whole(_place(self._folder, checkpoint.origin), [orjson.dumps(told)])


class _Offer(NamedTuple):
    """What somebody gives a witness to take."""

    whole: str
    note: Note
    checkpoint: Checkpoint


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


def _digests(folder: Path, origin: str) -> Path:
    """The digests of every checkpoint that was taken, a line each: an older one can so be told from another."""
    return folder / f"{origin}.digests"


def _digest_text(checkpoint: Checkpoint) -> str:
    """Of what it says, whoever signed: a repeat may carry other signatures."""
    return sha256(write_checkpoint(checkpoint).encode()).hexdigest()


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
    for chain, head in held.checkpoint.heads.items():
        present = checkpoint.heads.get(chain, EMPTY)
        if present.seq < head.seq:
            raise NotTakenError(_FORK, "the checkpoint holds less than the one before it: the ledger was rolled back")
        if contradicts(present, head):
            raise NotTakenError(
                _FORK, f"the checkpoint has another record {head.seq} of chain {chain}: the ledger has forked"
            )


def _conflict(checkpoint: Checkpoint, held: int, *, is_other: bool = False) -> NotTakenError:
    sentence = f"checkpoint {checkpoint.number} was offered, and {held} is held"
    if is_other:
        sentence += f"; another checkpoint {checkpoint.number} was taken before: the ledger was restored or has forked"
    return NotTakenError(_CONFLICT, sentence, held, is_fault=is_other or checkpoint.number > held)


def _require_own(folder: Path) -> None:
    """Refuse, where no witness began yet, a folder that somebody else's files lie in: a gateway's state, above all."""
    if not folder.exists() or (folder / _KEY).exists():
        return
    others = {path.name for path in folder.iterdir()} - _NOBODYS
    if others:
        told = f"{folder} holds what is no witness's ({min(others)})"
        raise ConfigurationError([f"{told}: name a folder of its own with --state, best on another host"])


def _own_key(folder: Path, name: str) -> Cosigner:
    """The witness's key, made at the first start; its name cannot be changed later."""
    path = folder / _KEY
    if not path.exists():
        private = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        write_once(path, f"{name} {private}\n".encode())
    kept, _, encoded = path.read_text("ascii").strip().partition(" ")
    if kept != name:
        raise ConfigurationError([f"this witness is called {kept}: a name is part of its key and cannot be changed"])
    return Cosigner(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded)))
