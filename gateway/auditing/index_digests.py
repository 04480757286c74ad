"""Keyed digests of the index's files: an index that somebody filtered or replaced is found when it is opened.

The key lies with the host's other secrets, and not with the index; a file without a good digest is made anew.
"""

import hashlib
import hmac
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


def _beside(path: Path) -> Path:
    return path.with_suffix(".digest")
