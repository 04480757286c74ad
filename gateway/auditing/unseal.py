"""Opening sealed fields, with an auditor's private key, on the auditor's machine or by `audit open`.

The wrapped data key of a record is always in the same segment: a new segment has a new key.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyrage
from cryptography.exceptions import InvalidTag

from gateway.errors import ConfigurationError
from gateway.ledger.encryption import bound_to, decrypt
from gateway.ledger.segments import Line, Segment, lines_in, segments
from gateway.model import Json

_FIELDS = {"plate_sealed": "plate", "reason_sealed": "reason_text", "query_sealed": "query"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A record with what was sealed in it: `plate`, `reason_text`, `query`; {} where nothing was, or nothing opens.

    `problem` says in a sentence why a sealed record did not open; None where all is well.
    """

    line: Line
    record: dict[str, Any] = field(repr=False)
    content: dict[str, Json] = field(repr=False)
    problem: str | None


class Unsealer:
    """Opens records of one ledger with one private key."""

    def __init__(self, directory: Path, private_key: str) -> None:
        try:
            self._identity = pyrage.x25519.Identity.from_str(private_key.strip())
        except pyrage.IdentityError:
            raise ConfigurationError(["this is not an age private key"]) from None
        self._directory = directory
        self._data_keys: dict[str, bytes | None] = {}
        self._file = ""

    def open(self, line: Line) -> Opened:
        """Open one record."""
        record: dict[str, Any] = orjson.loads(line.raw)
        sealed = {name: record[name] for name in _FIELDS if name in record}
        if not sealed:
            return Opened(line, record, {}, None)
        data_key = self._data_key(line, str(record.get("sealed_key_id")))
        if data_key is None:
            return Opened(line, record, {}, "sealed to other auditors, or its data key is missing")
        try:
            return Opened(line, record, _open_fields(data_key, record, sealed), None)
        except (InvalidTag, binascii.Error, ValueError):
            return Opened(line, record, {}, "the sealed fields were changed or belong to another record")

    def _data_key(self, line: Line, key_id: str) -> bytes | None:
        if line.file != self._file:
            self._data_keys, self._file = {}, line.file
        if key_id not in self._data_keys:
            self._data_keys |= {name: self._unwrap(text) for name, text in self._find_wrapped(line) if name == key_id}
        return self._data_keys.get(key_id)

    def _find_wrapped(self, line: Line) -> Iterator[tuple[str, str]]:
        for other in lines_in(_segment(self._directory, line)):
            if b'"event_type":"seal.opened"' in other.raw:
                record = orjson.loads(other.raw)
                yield record["sealed_key_id"], record["wrapped_key"]

    def _unwrap(self, text: str) -> bytes | None:
        try:
            data_key: bytes = pyrage.decrypt(base64.b64decode(text), [self._identity])
        except pyrage.DecryptError:
            return None
        return data_key


def open_sealed(lines: Iterable[Line], directory: Path, private_key: str) -> Iterator[Opened]:
    """Open these records of a ledger, in the order given (fastest in the order of the ledger).

    Raises:
        ConfigurationError: the private key is none.
    """
    opener = Unsealer(directory, private_key)
    return (opener.open(line) for line in lines)


def _open_fields(data_key: bytes, record: dict[str, Any], sealed: dict[str, str]) -> dict[str, Json]:
    event = str(record["event_id"])
    return {
        _FIELDS[name]: orjson.loads(decrypt(data_key, text, bound_to(event, name))) for name, text in sealed.items()
    }


def _segment(directory: Path, line: Line) -> Segment:
    files = segments(directory, line.chain_id)
    return max((file for file in files if file.first_seq <= line.seq), key=lambda file: file.first_seq)
