"""A secret that the installation makes for itself: 32 random bytes in a file of its own."""

import secrets
from pathlib import Path

from gateway.durable import write_once
from gateway.errors import ConfigurationError
from gateway.unreadable import tell_unreadable

_BYTES = 32


def make_once(path: Path) -> None:
    """Make it where it is not there; a mounted folder that holds them all need not be one that can be written."""
    if not path.exists():
        write_once(path, secrets.token_bytes(_BYTES))


def read_own_secret(path: Path) -> bytes:
    """What it is.

    Raises:
        ConfigurationError: it is not there, may not be read, or is damaged.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            [f"{path} cannot be read ({error.strerror}): start with `serve`, or restore it"]
        ) from None
    except OSError as error:
        raise ConfigurationError([f"{path} {tell_unreadable(error)}"]) from None
    if len(content) != _BYTES:
        raise ConfigurationError([f"{path} is damaged: it holds {len(content)} bytes, not {_BYTES}; restore it"])
    return content
