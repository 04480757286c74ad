"""What the gateway shows the vendor: the Protocol, and the kinds that are a secret in a file.

A file is read again when the vendor rejects what was shown, so a rotated secret is taken up without a restart.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from gateway.errors import ConfigurationError
from gateway.net import Deadline
from gateway.secret_file import read_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A credential as one request carries it: header fields and query parameters to add."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class VendorCredential(Protocol):
    """The vendor's credential, whatever its kind; safe for many threads."""

    refusals: ClassVar[frozenset[int]]
    """The statuses by which a vendor says that it does not take it."""

    def show(self, deadline: Deadline) -> Shown:
        """What to add to a request now.

        Raises:
            VendorFailure: where there is none and none can be had in time; nothing has been sent.
        """
        ...

    def reject(self, shown: Shown) -> bool:
        """The vendor answered one of `refusals` to this. True where showing again may give another one."""
        ...

    def close(self) -> None:
        """End what runs in the background."""
        ...


class _SecretFile(ABC):
    """One secret in a file: read at start, and again when the vendor rejects it, which some say by 403 of a key."""

    refusals: ClassVar[frozenset[int]] = frozenset({401, 403})

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown = self._as_shown(read_secret(path))

    def show(self, _deadline: Deadline) -> Shown:
        return self._shown

    def reject(self, shown: Shown) -> bool:
        try:
            self._shown = self._as_shown(read_secret(self._path))
        except ConfigurationError:
            return False  # in the middle of being replaced: what we have is as good as it gets
        return self._shown != shown

    def close(self) -> None:  # noqa: B027 - a file needs no closing, and no kind of it does
        pass

    @abstractmethod
    def _as_shown(self, secret: str) -> Shown: ...


class BearerToken(_SecretFile):
    """`Authorization: Bearer`, from a file."""

    def _as_shown(self, secret: str) -> Shown:
        return Shown(headers=(("Authorization", f"Bearer {secret}"),))


class ApiKeyQuery(_SecretFile):
    """A query parameter, from a file; `parameter` is the vendor's name for it, as `api_key`."""

    def __init__(self, path: Path, parameter: str) -> None:
        self._parameter = parameter
        super().__init__(path)

    def _as_shown(self, secret: str) -> Shown:
        return Shown(query=((self._parameter, secret),))
