r"""ArcSight's Common Event Format: `CEF:0|vendor|product|version|event type|name|severity|extension`.

In the header `\` and `|` are escaped, in the extension `\`, `=` and line ends; so a key is always a word before a bare
`=`, and a value can hold anything. The ledger line has a key of its own: custom strings are cut at 4,000 characters. Where
it is not within, the fields that have no key stand together in one.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

import orjson

from gateway import clock
from gateway.media import for_cef, for_cef_header
from gateway.shipping.formats.event_types import COUNTED
from gateway.shipping.formats.mapping import Row, host_and_port, present, rows
from gateway.shipping.formats.record import PRODUCT, PRODUCT_VERSION, Decoded, Record, read_link, read_text
from gateway.shipping.formats.verdicts import read_ending
from gateway.shipping.formats.weight import weigh
from gateway.shipping.watch import FINDING_EVENT, MEANS, Found

RECORD_KEY = "lprGatewayRecord"
SUMMARY_KEY = "lprGatewayFullRecordBytes"
FIELDS_KEY = "lprGatewayFields"
DETECTOR_KEY = "lprGatewayDetector"
EXPLAINED_KEY = "lprGatewayExplained"
_IN_HEADER = frozenset({"event_type", "ts"})
"""The time is `rt`, which no event lacks."""
_CHAIN_KEYS = {"cs4": "chain id", "cs5": "previous hash", "cs6": "hash", "cn1": "sequence"}
_INSTALLATION = "deviceExternalId"
_KEY = re.compile(r"(?:^| )([A-Za-z0-9_]+)=")
_ESCAPED = re.compile(r"\\(.)")
_LINE_ENDS = {"r": "\r", "n": "\n"}
_HEADER_END = re.compile(r"CEF:[01](?:\|(?:[^|\\]|\\.)*){6}\|")


class Cef:
    """One CEF text for each record."""

    name = "cef"

    def encode(self, record: Record, *, embed: bool = True) -> bytes:
        """The text, in UTF-8."""
        pairs = dict(_extension(record))
        if record.summary:
            pairs[SUMMARY_KEY] = str(len(record.raw))
        elif embed:
            pairs[RECORD_KEY] = record.raw.decode()
        elif rest := _list_other_fields(record):
            pairs[FIELDS_KEY] = orjson.dumps(rest).decode()
        header = (PRODUCT, PRODUCT, PRODUCT_VERSION, record.event_type, _name(record), str(weigh(record).cef))
        start = "|".join(["CEF:0", *map(for_cef_header, header)])
        extension = (f"{key}={for_cef(text)}" for key, text in pairs.items())
        return f"{start}|{' '.join(extension)}".encode()

    def decode(self, exported: bytes) -> Decoded | None:
        """What the custom fields and our own key hold."""
        try:
            pairs = parse(exported.decode())
            place = {"id": pairs["cs4"], "seq": int(pairs["cn1"]), "prev": pairs["cs5"], "hash": pairs["cs6"]}
            raw = pairs.get(RECORD_KEY)
            return Decoded(read_link(place), None if raw is None else raw.encode(), pairs.get(_INSTALLATION))
        except (KeyError, ValueError):
            return None


def parse(text: str) -> dict[str, str]:
    """The extension of a CEF text, unescaped.

    Raises:
        ValueError: where the text has no CEF header.
    """
    header = _HEADER_END.match(text)
    if header is None:
        raise ValueError("not a CEF text")
    extension = text[header.end() :]
    keys = list(_KEY.finditer(extension))
    ends = [key.start() for key in keys[1:]] + [len(extension)]
    return {key[1]: _ESCAPED.sub(_unescape, extension[key.end() : end]) for key, end in zip(keys, ends, strict=True)}


def _unescape(match: re.Match[str]) -> str:
    return _LINE_ENDS.get(match[1], match[1])


def _extension(record: Record) -> Iterator[tuple[str, str]]:
    yield "rt", str(record.milliseconds)
    for row in rows(record.fields):
        if row.cef:
            yield from _pairs(row, record.fields[row.field])
    if place := host_and_port(record.fields):
        yield from (("dhost", place[0]), ("dpt", str(place[1])))
    if record.reasons:
        yield "reason", ",".join(record.reasons)
    yield from _tell_ending(record)
    if record.event_type == COUNTED:
        yield from _count(record)
    found = _found(record)
    if detector := read_text(record.detection, "detector"):
        yield DETECTOR_KEY, detector
    if message := record.finding_title or (found and MEANS[found]):
        yield "msg", message
    chain = record.chain
    for key, value in zip(_CHAIN_KEYS, (chain.chain_id, chain.prev, chain.hash, str(chain.seq)), strict=True):
        yield f"{key}Label", _CHAIN_KEYS[key]
        yield key, value


def _tell_ending(record: Record) -> Iterator[tuple[str, str]]:
    """How it ended, and whether it was a question alone: that is told apart also where nothing but a summary fits."""
    if ending := read_ending(record):
        yield "act", ending.act
    if record.fields.get("explain") is True:
        yield EXPLAINED_KEY, "true"


def _list_other_fields(record: Record) -> dict[str, Any]:
    """The fields that have no key of their own."""
    named = _IN_HEADER | {row.field for row in rows(record.fields) if row.cef}
    if (ending := read_ending(record)) and ending.act != record.fields.get("decision"):
        named -= {"decision"}
    return {field: value for field, value in present(record.fields) if field not in named}


def _name(record: Record) -> str:
    """What was done, and what is to be seen of it at once: the verdict, how severe a finding is, or what was found."""
    done = _text(record.fields.get("operation") or record.event_type)
    return " ".join(filter(None, (done, record.verdict or record.detector_severity or _found(record))))


def _found(record: Record) -> Found | None:
    """What shipping found, in the record that says so."""
    word = read_text(record.fields, "found") if record.event_type == FINDING_EVENT else None
    return Found(word) if word in set(Found) else None


def _pairs(row: Row, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    """A row's key and value, before them the label that custom keys need."""
    key, label = str(row.cef), row.label
    if key == "src" and _is_ipv6(value):
        key, label = "c6a2", "Source IPv6 Address"
    if label:
        yield f"{key}Label", label
    yield key, _text(value)


def _count(record: Record) -> Iterator[tuple[str, str]]:
    yield "cnt", str(record.count)
    for key, field in (("start", "from"), ("end", "to")):
        instant = clock.parse_instant(str(record.fields.get(field)))
        if instant is not None:
            yield key, str(round(instant.timestamp() * 1000))


def _is_ipv6(value: Any) -> bool:  # noqa: ANN401
    try:
        return ipaddress.ip_address(value).version == 6  # noqa: PLR2004 - the protocol's number
    except ValueError:
        return False


def _text(value: Any) -> str:  # noqa: ANN401
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
