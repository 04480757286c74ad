"""Opening sealed fields, with a key that the gateway does not have, and not before that is on record.

The wrapped data key of a record is always in the same segment: a new segment has a new key.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyrage
from cryptography.exceptions import InvalidTag

from gateway.auditing.access import Access
from gateway.ledger.commitments import COMMITMENTS, SALTS, commitment
from gateway.ledger.encryption import decrypt, read_identities, write_binding
from gateway.ledger.segments import Line, Segment, lines_in, segments
from gateway.model import Json

_NAMED_AT_ONCE = 500
_FIELDS = {"plate_sealed": "plate", "reason_sealed": "reason_text", "query_sealed": "query"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A record with what was sealed in it: `plate`, `reason_text`, `query`; {} where nothing was, or nothing opens.

    `salts` (by sealed field) show that this and nothing else was sealed; {} in records older than that. `problem` says in
    a sentence why a sealed record did not open; None where all is well.
    """

    line: Line
    record: dict[str, Any] = field(repr=False)
    content: dict[str, Json] = field(repr=False)
    problem: str | None
    salts: dict[str, str] = field(default_factory=dict, repr=False)


def cited_case(record: Mapping[str, Any], content: Mapping[str, Json]) -> Any:  # noqa: ANN401 - as the record has it
    """The case that was cited: what was typed, where the record withholds it and `content` was opened."""
    query = content.get("query")
    return (query.get("cited_case") if isinstance(query, dict) else None) or record.get("case_number")


class Unsealer:
    """Opens records of one ledger with the private keys of one auditor."""

    def __init__(self, directory: Path, private_key: str) -> None:
        self._identities = read_identities(private_key)
        self._directory = directory
        self._data_keys: dict[str, bytes | None] = {}
        self._recipients: dict[str, list[str]] = {}
        self._file = ""

    def openable(self, line: Line) -> bool:
        """Whether something is sealed in a record and this key opens it; nothing is decrypted to find out."""
        record: dict[str, Any] = orjson.loads(line.raw)
        return bool(_FIELDS.keys() & record) and self._data_key(line, str(record.get("sealed_key_id"))) is not None

    def open(self, line: Line) -> Opened:
        """Open one record."""
        record: dict[str, Any] = orjson.loads(line.raw)
        sealed = {name: record[name] for name in _FIELDS if name in record}
        if not sealed:
            return Opened(line, record, {}, None)
        key_id = str(record.get("sealed_key_id"))
        data_key = self._data_key(line, key_id)
        if data_key is None:
            return Opened(line, record, {}, self._who_opens(key_id))
        try:
            values = _open_fields(data_key, record, sealed)
            salts = _open_fields(data_key, record, {SALTS: record[SALTS]})[SALTS] if COMMITMENTS in record else {}
            if not _is_committed(record, values, salts):
                return Opened(line, record, {}, "what is sealed is not what the record committed to: it was forged")
        except (InvalidTag, binascii.Error, ValueError, TypeError, KeyError):
            return Opened(line, record, {}, "the sealed fields were changed or belong to another record")
        return Opened(line, record, {_FIELDS[name]: value for name, value in values.items()}, None, salts)

    def _who_opens(self, key_id: str) -> str:
        recipients = self._recipients.get(key_id)
        if not recipients:
            return "its data key is missing from the segment"
        return f"this key does not open it: it is sealed to {' and to '.join(recipients)}"

    def _data_key(self, line: Line, key_id: str) -> bytes | None:
        if line.file != self._file:
            self._data_keys, self._recipients, self._file = {}, {}, line.file
        if key_id not in self._data_keys:
            self._data_keys |= {name: self._unwrap(text) for name, text in self._find_wrapped(line) if name == key_id}
        return self._data_keys.get(key_id)

    def _find_wrapped(self, line: Line) -> Iterator[tuple[str, str]]:
        for other in lines_in(_segment(self._directory, line)):
            if b'"event_type":"seal.opened"' in other.raw:
                record = orjson.loads(other.raw)
                self._recipients[record["sealed_key_id"]] = [str(key) for key in record["recipients"]]
                yield record["sealed_key_id"], record["wrapped_key"]

    def _unwrap(self, text: str) -> bytes | None:
        try:
            data_key: bytes = pyrage.decrypt(base64.b64decode(text), self._identities)
        except pyrage.DecryptError:
            return None
        return data_key


def open_records(directory: Path, lines: Sequence[Line], private_key: str, access: Access) -> Iterator[Opened]:
    """Each record with its sealed fields opened, in the order given; where that fails, `problem` says why.

    That they are opened is on record, one by one, before this returns: those in which something is sealed that this key
    opens, and no others.

    Raises:
        ConfigurationError: the text is no private key.
        Refusal: the opening cannot be recorded.
    """
    opener = Unsealer(directory, private_key)
    openable = [line for line in _sort_by_place(lines) if opener.openable(line)]
    for start in range(0, len(openable), _NAMED_AT_ONCE):
        named: list[Any] = [orjson.loads(line.raw).get("event_id") for line in openable[start : start + _NAMED_AT_ONCE]]
        access.record("open", {"event_ids": named}, event_type="audit.opened")
    return _open_in_order(lines, opener)


def tell_unopened(problems: Mapping[str, int]) -> list[str]:
    """A sentence for each reason why records did not open, with their number: it must not go unnoticed."""
    ranked = sorted(problems.items(), key=lambda item: -item[1])
    return [f"of {number} records nothing sealed was opened: {problem}" for problem, number in ranked]


def _open_in_order(lines: Sequence[Line], opener: Unsealer) -> Iterator[Opened]:
    """Opened segment by segment, because each has keys of its own; given out as they were asked for."""
    opened = {(line.chain_id, line.seq): opener.open(line) for line in _sort_by_place(lines)}
    return (opened[line.chain_id, line.seq] for line in lines)


def _sort_by_place(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.chain_id, line.seq))


def _open_fields(data_key: bytes, record: dict[str, Any], sealed: dict[str, str]) -> dict[str, Any]:
    event = str(record["event_id"])
    return {name: orjson.loads(decrypt(data_key, text, write_binding(event, name))) for name, text in sealed.items()}


def _is_committed(record: dict[str, Any], values: dict[str, Any], salts: dict[str, str]) -> bool:
    """Whether the values are those that the record committed to; records older than commitments have none."""
    stated = record.get(COMMITMENTS)
    if stated is None:
        return True
    event = str(record["event_id"])
    return bool(stated == {name: commitment(salts[name], event, name, value) for name, value in values.items()})


def _segment(directory: Path, line: Line) -> Segment:
    files = segments(directory, line.chain_id)
    return max((file for file in files if file.first_seq <= line.seq), key=lambda file: file.first_seq)
