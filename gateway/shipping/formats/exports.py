"""Our records found again in what a SIEM exported: one text a line, as it was sent or in the SIEM's own wrapping.

Known wrappings: Splunk's `result` and `_raw`, an HTTP collector's `event`, Elasticsearch's `_source`, a `message`
member, and the header that syslog puts before a message, with its count of octets where the stream was kept as it came.
What is none of our records is yielded as such, never skipped: whether it matters is the verifier's to say.
"""

import re
from collections.abc import Iterable, Iterator

import orjson

from gateway.shipping.formats.native import json_object
from gateway.shipping.formats.record import Decoded, ExportedRecord, Format
from gateway.shipping.formats.table import FORMATS

_WRAPPINGS = ("result", "_source", "_raw", "event", "message")
_DEEPEST = 4
_COUNT = re.compile(rb"([1-9]\d{0,7}) (?=<\d{1,3}>1 )")
_STARTS = (b"{", b"CEF:")


def extract(exported: Iterable[bytes], form: Format | None = None) -> Iterator[ExportedRecord]:
    """What each line of an export holds, in order; empty lines are passed over. Without `form`, each is tried."""
    forms = (form,) if form else tuple(FORMATS.values())
    for line_no, line in enumerate(exported, start=1):
        whole = line.strip()
        for text in _list_messages(whole):
            chain, native, installation = _decode(text, forms) or (None, None, None)
            alone = text if text == whole else b""
            yield ExportedRecord(line_no=line_no, chain=chain, native=native, installation=installation, text=alone)


def _list_messages(text: bytes) -> Iterator[bytes]:
    """The messages of a line: one, or as many as syslog's own counts (RFC 5425) say, and what those do not reach."""
    while (count := _COUNT.match(text)) and (end := count.end() + int(count[1])) <= len(text):
        yield text[count.end() : end]
        text = text[end:]
    if text:
        yield text


def _decode(text: bytes, forms: tuple[Format, ...]) -> Decoded | None:
    for candidate in _layers(text):
        for form in forms:
            found = form.decode(candidate)
            if found is not None:
                return found
    return None


def _layers(text: bytes) -> Iterator[bytes]:
    """The text, and what is left of it as one wrapping after the other is taken off."""
    for _ in range(_DEEPEST):
        yield text
        inner = _unwrap(text)
        if inner is None:
            return
        text = inner


def _unwrap(text: bytes) -> bytes | None:
    document = json_object(text)
    if document is None:
        starts = [place for start in _STARTS if (place := text.find(start)) > 0]
        return text[min(starts) :] if starts else None
    inner = next((document[name] for name in _WRAPPINGS if name in document), None)
    if isinstance(inner, str):
        return inner.encode()
    return orjson.dumps(inner) if isinstance(inner, dict) else None
