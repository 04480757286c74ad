"""An auditor's private keys, from the files that `audit keygen` wrote: what is none is told by what it is, without a letter of it."""

import codecs
import sys
from collections.abc import Sequence
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.ledger.encryption import is_private_key
from gateway.strict import UTF_16_MARKS
from gateway.unreadable import tell_unreadable

_STANDARD_INPUT = Path("-")
"""For who runs a command as the service's user, which cannot read a key that is the auditor's alone."""
_BEGIN = "AGE-SECRET-KEY-1"
_NEEDED = f"a key file holds a private key, a line that begins with {_BEGIN}"
_OTHERS = (
    ("age-encryption.org/", "is encrypted itself (age): decrypt it first (age -d)"),
    ("-----BEGIN AGE ENCRYPTED FILE", "is encrypted itself (age): decrypt it first (age -d)"),
    ("-----BEGIN", "is of another kind (PEM), as the keys of certificates and signatures are"),
    ("age1", "holds the public key alone, which opens nothing: give the file that `audit keygen` wrote"),
)
"""How the line begins of what is given in the place of such a file, and what it then is."""


def read_key(paths: Sequence[Path]) -> str | None:
    """The private keys in an auditor's key files (`audit keygen`), a line each; other lines are passed over.

    Raises:
        ConfigurationError: a file cannot be read, holds none, or one that was damaged.
    """
    return "\n".join(key for path in paths for key in _read_keys(path)) or None


def _read_keys(path: Path) -> list[str]:
    name = "standard input" if path == _STANDARD_INPUT else str(path)
    try:
        content = sys.stdin.buffer.read() if path == _STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{name} {tell_unreadable(error)}"]) from None
    if content.startswith(UTF_16_MARKS):
        raise ConfigurationError([f"{name} is written in UTF-16: save it as UTF-8, or as it came from `audit keygen`"])
    lines = content.removeprefix(codecs.BOM_UTF8).decode(errors="replace").splitlines()  # a key's line is ASCII
    keys = {number: line.strip() for number, line in enumerate(lines, 1) if line.lstrip().startswith(_BEGIN)}
    if not keys:
        raise ConfigurationError([f"{name} {_tell_other(lines)}"])
    if damaged := [number for number, key in keys.items() if not is_private_key(key)]:
        told = f"{name}:{damaged[0]}: the private key is damaged: a character of it is wrong or missing"
        raise ConfigurationError([f"{told}. Take the file from where you keep its copy"])
    return [*keys.values()]


def _tell_other(lines: Sequence[str]) -> str:
    """What a file is that holds no private key."""
    if not any(line.strip() for line in lines):
        return f"is empty: {_NEEDED}"
    for begin, told in _OTHERS:
        if any(line.lstrip().startswith(begin) for line in lines):
            return f"{told}. {_NEEDED[0].upper()}{_NEEDED[1:]}"
    return f"holds no private key: {_NEEDED}"
