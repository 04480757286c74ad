"""`manifest.json`: what the agency's feed says it delivered, checked against what was read.

    {"as_of": "2026-11-22T06:00:00Z", "serial": 412,
     "files": {"users.csv": {"sha256": "<hex>", "rows": 20}, … all nine …},
     "signature": "<base64>"}

`signature` is Ed25519 over the RFC 8785 form of the manifest without it. Once a public key is configured, an unsigned or
wrongly signed manifest is a mistake; without one a signature cannot be checked, and the import says so.
"""

import base64
import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway import clock
from gateway.canonical import canonical
from gateway.errors import ConfigurationError
from gateway.facts import schema
from gateway.facts.problems import Problems
from gateway.strict import UTF_16_MARKS, parse_json
from gateway.unreadable import tell_unreadable

FILE: Final = "manifest.json"
_LARGEST: Final = 1 << 20
_MEMBERS: Final = 3
_CLOCKS_APART: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A well-formed manifest. `files` maps a file's name to its SHA-256 (hex) and rows below the header."""

    as_of: datetime
    serial: int
    files: Mapping[str, tuple[str, int]]
    signature: bytes | None
    signed_bytes: bytes


def read_manifest_key(path: Path | None) -> Ed25519PublicKey | None:
    """The public key by which the feed's manifests are verified; None where none is set.

    Raises:
        ConfigurationError: it cannot be read, or is another kind of key, as the private one.
    """
    if path is None:
        return None
    try:
        key = load_pem_public_key(path.read_bytes())
    except PermissionError as error:
        raise ConfigurationError([f"[facts] manifest_key_file: {path} {tell_unreadable(error)}"]) from None
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError([f"[facts] manifest_key_file: {path} is not a readable Ed25519 public key (PEM)"])
    return key


def read_manifest(directory: Path, problems: Problems) -> Manifest | None:
    """The manifest; None where there is none, or where what is there is a mistake (then collected)."""
    try:
        with (directory / FILE).open("rb") as file:
            content = file.read(_LARGEST)
        if content.startswith(UTF_16_MARKS):
            raise ValueError("it is UTF-16: save it as UTF-8")
        return _manifest(parse_json(content.removeprefix(codecs.BOM_UTF8).decode()))
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.add(f"{FILE}: {tell_unreadable(error)}")
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        why = f"; {wrong}" if type(wrong) is ValueError else ""
        problems.add(
            f'{FILE}: must be {{"as_of", "serial", "files": {{name: {{"sha256", "rows"}}}}, "signature"?}}{why}'
        )
        return None


def check_manifest(
    manifest: Manifest, delivered: Mapping[str, tuple[str, int]], last_serial: int, now: datetime, problems: Problems
) -> None:
    """Adds what the manifest does not bear out: the files as read (name: SHA-256 and rows), the serial, the age."""
    nine = [f"{table.name}.csv" for table in schema.TABLES]
    if manifest.files.keys() - set(nine):
        problems.add(f"{FILE}: names a file that is none of the nine")
    for name in nine:
        if name not in manifest.files:
            problems.add(f"{FILE}: does not name {name}")
        elif name in delivered and manifest.files[name] != delivered[name]:
            problems.add(
                f"{name}: is not the file that {FILE} describes ({_tell_difference(manifest.files[name], delivered[name])})"
            )
    if manifest.serial <= last_serial:
        problems.add(f"{FILE}: serial must be greater than {last_serial}, the last one imported")
    if manifest.as_of > now + _CLOCKS_APART:
        problems.add(f"{FILE}: as_of lies in the future")


def _tell_difference(described: tuple[str, int], delivered: tuple[str, int]) -> str:
    (its_sha256, its_rows), (sha256, rows) = described, delivered
    if its_sha256 == sha256:
        return f"it has {rows} rows below the header, not {its_rows}"
    return "its SHA-256 is another" if its_rows == rows else "its SHA-256 and its number of rows are others"


def check_signature(manifest: Manifest, public_key: Ed25519PublicKey, problems: Problems) -> None:
    """Adds the lack of a valid signature by this key."""
    if manifest.signature is None:
        problems.add(f"{FILE}: must be signed, since a public key is configured")
        return
    try:
        public_key.verify(manifest.signature, manifest.signed_bytes)
    except InvalidSignature:
        problems.add(f"{FILE}: the signature is not valid for the configured public key")


def sign(document: Mapping[str, Any], private_key: Ed25519PrivateKey) -> dict[str, Any]:
    """A manifest with its signature, as the agency's feed makes it."""
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    signature = private_key.sign(canonical(unsigned).encode())
    return {**unsigned, "signature": base64.b64encode(signature).decode()}


def _manifest(document: dict[str, Any]) -> Manifest:
    signature = document.pop("signature", None)
    if lacking := sorted({"as_of", "serial", "files"} - document.keys()):
        raise ValueError(f"it lacks {', '.join(lacking)}")
    if len(document) > _MEMBERS:
        raise ValueError("it has other members besides these")
    if type(document["serial"]) is not int or document["serial"] < 1:
        raise ValueError("serial is a whole number, 1 or more, without quotation marks")
    as_of = clock.parse_instant(str(document["as_of"]))
    if as_of is None:
        raise ValueError("as_of is a time with its zone, as 2026-11-22T06:00:00Z")
    return Manifest(
        as_of=as_of,
        serial=document["serial"],
        files={name: _read_files(entry) for name, entry in document["files"].items()},
        signature=None if signature is None else base64.b64decode(signature, validate=True),
        signed_bytes=canonical(document).encode(),
    )


def _read_files(entry: dict[str, Any]) -> tuple[str, int]:
    if entry.keys() != {"sha256", "rows"} or type(entry["sha256"]) is not str or type(entry["rows"]) is not int:
        raise ValueError("each file has sha256, a text, and rows, a number without quotation marks")
    return entry["sha256"].lower(), entry["rows"]
