"""Keyed digests of the index's files: an index that somebody filtered or replaced is found when it is opened.

The key lies with the host's other secrets, and not with the index; a file without a good digest is made anew. Beside each is kept,
by the same key, what its segment's file looked like when it was last read whole: one that looks otherwise is read again.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from gateway.auditing.private import private_folder, write_private
from gateway.durable import write_once

_KEY = 32
_PIECE = 1 << 20


class IndexDigests:
    """The digests of one index."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def holds(self, path: Path) -> bool:
        """Whether a file of the index is as it was made."""
        try:
            return hmac.compare_digest(_beside(path).read_bytes(), self._digest(path, path.name))
        except OSError:
            return False

    def seal(self, draft: Path, path: Path) -> None:
        """Keep the digest of a draft that will be this file."""
        write_private(_beside(path), self._digest(draft, path.name))

    def knows(self, path: Path, segment: Path) -> bool:
        """Whether the file of a segment is the one that was held against its chain last, as its size, place and times say."""
        try:
            return hmac.compare_digest(_seen(path).read_bytes(), self.look(path, segment))
        except OSError:
            return False

    def look(self, path: Path, segment: Path) -> bytes:
        """What can be seen of the file of a segment without reading it; nothing where it is not there."""
        try:
            found = segment.stat()
        except FileNotFoundError:
            return b""
        seen = (path.name, segment.name, found.st_size, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
        return hashlib.blake2b(repr(seen).encode(), key=self._key, digest_size=_KEY).hexdigest().encode()

    def remember(self, path: Path, seen: bytes) -> None:
        """Keep what was seen of a segment before it was held against its chain, and found whole."""
        draft = path.with_suffix(f".seen{os.getpid()}")  # another search may keep the same just now
        write_private(draft, seen)
        draft.replace(_seen(path))

    def _digest(self, content: Path, name: str) -> bytes:
        digest = hashlib.blake2b(f"{name}\n".encode(), key=self._key, digest_size=_KEY)
        with content.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest().encode()


def index_digests(index: Path | None) -> IndexDigests:
    """The digests of the index in this folder, by the key in `secrets` beside it; for None, of one that lives only now.

    Raises:
        OSError: the key can neither be read nor made.
    """
    if index is None:
        return IndexDigests(secrets.token_bytes(_KEY))
    path = private_folder(index.parent / "secrets") / "audit-index.key"
    if not path.exists():
        write_once(path, secrets.token_bytes(_KEY))
    return IndexDigests(path.read_bytes())


def forget(path: Path) -> None:
    """Remove a file of the index with its digest."""
    path.unlink(missing_ok=True)
    _beside(path).unlink(missing_ok=True)
    _seen(path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_suffix(".digest")


def _seen(path: Path) -> Path:
    return path.with_suffix(".seen")
