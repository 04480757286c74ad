"""What the gateway shows the vendor: the Protocol, and the kinds that are a secret in a file.

A file is read again when the vendor rejects what was shown, so a rotated secret is taken up without a restart.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

from gateway.errors import ConfigurationError
from gateway.net import Deadline
from gateway.unreadable import tell_unreadable

_LONGEST = 8192
_PLAIN = re.compile(rf"[\x21-\x7e]{{1,{_LONGEST}}}")


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


def read_secret(path: Path) -> str:
    """The secret in a file, its trailing newline stripped.

    Raises:
        ConfigurationError: not readable, empty, or not one line of printable ASCII; which of these, and of which file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{path}: the secret file {tell_unreadable(error)}"]) from None
    secret = content.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")
    if _PLAIN.fullmatch(secret) is None:
        raise ConfigurationError([f"{path}: the secret file {_fault(secret)}"])
    return secret


def _fault(secret: str) -> str:
    """What is wrong with it, without a character of it."""
    if not secret.strip():
        return "is empty"
    if "\n" in secret or "\r" in secret:
        return "holds more than one line"
    if len(secret) > _LONGEST:
        return f"holds more than {_LONGEST} characters"
    if " " in secret or "\t" in secret:
        return "holds a blank"
    return "holds a character that is no printable ASCII (a byte order mark, perhaps)"
