"""Secrets in files: one line each, read in one way wherever one is shown, and told without a character of it where it is none."""

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path

from gateway.errors import ConfigurationError
from gateway.unreadable import tell_unreadable

_LONGEST = 8192
_PLAIN = re.compile(rf"[\x21-\x7e]{{1,{_LONGEST}}}")
_AT_THE_END = b" \t\r\n"
"""What editors leave there; no secret ends in any of it."""
_BASIC, _HOLDS_A_BLANK = "Basic", "holds a blank"


def read_secret(path: Path) -> str:
    """The secret in a file, without blanks and line ends after it.

    Raises:
        ConfigurationError: not readable, empty, or not one line of printable ASCII; which of these, and of which file.
    """
    secret = _read(path)
    if _PLAIN.fullmatch(secret) is None:
        raise _problem(path, _fault(secret))
    return secret


def read_authorization(path: Path, schemes: Sequence[str]) -> str:
    """What to show in `Authorization`: the secret after the first of these schemes, or a whole value of any of them.

    Raises:
        ConfigurationError: as with `read_secret`; or what follows the scheme is none, or no Basic credential.
    """
    text = _read(path)
    word, blank, rest = text.partition(" ")
    scheme = next((one for one in schemes if one.lower() == word.lower()), None)
    if scheme is None:
        return f"{schemes[0]} {_require_key(path, text, schemes)}"
    if not blank:
        raise _problem(path, f"holds the word {scheme} alone")
    if _PLAIN.fullmatch(rest) is None:
        raise _problem(path, f"{_fault(rest)} after the word {scheme} and one blank")
    if scheme == _BASIC and not _is_basic(rest):
        raise _problem(path, "holds no Basic credential: what follows the word is the base64 of user:password")
    return f"{scheme} {rest}"


def _require_key(path: Path, text: str, schemes: Sequence[str]) -> str:
    if _PLAIN.fullmatch(text) is not None:
        return text
    fault = _fault(text)
    if fault == _HOLDS_A_BLANK:
        fault += f": it may hold the secret alone, or {' or '.join(schemes)}, one blank, and what belongs to it"
    raise _problem(path, fault)


def _is_basic(text: str) -> bool:
    try:
        return b":" in base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False


def _read(path: Path) -> str:
    try:
        return path.read_bytes().rstrip(_AT_THE_END).decode("latin-1")
    except OSError as error:
        raise _problem(path, tell_unreadable(error)) from None


def _problem(path: Path, fault: str) -> ConfigurationError:
    return ConfigurationError([f"{path}: the secret file {fault}"])


def _fault(secret: str) -> str:
    """What is wrong with it, without a character of it."""
    if not secret.strip():
        return "is empty"
    if "\0" in secret:
        return "is written in UTF-16 or UTF-32 (“Unicode”), as some editors and shells do: save it as UTF-8"
    if "\n" in secret or "\r" in secret:
        return "holds more than one line"
    if len(secret) > _LONGEST:
        return f"holds more than {_LONGEST} characters"
    if " " in secret or "\t" in secret:
        return _HOLDS_A_BLANK
    return "holds a character that is no printable ASCII (a byte order mark, perhaps)"
