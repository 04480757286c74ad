"""A ledger line as the formats see it, and what is found of it in a SIEM's copy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple, Protocol

import orjson

from gateway import clock
from gateway.ledger.records.form import Link
from gateway.shipping.formats.event_types import COUNTED, FINDINGS

PRODUCT = "lpr-gateway"
PRODUCT_VERSION = version(PRODUCT)


def read_link(found: Any) -> Link:  # noqa: ANN401 - whatever stands where the chain should
    """The place that a JSON object holds, whatever else it holds.

    Raises:
        ValueError: where it does not hold one, whole.
    """
    if isinstance(found, Mapping):
        chain_id, seq, prev, own = (found.get(name) for name in ("id", "seq", "prev", "hash"))
        if isinstance(chain_id, str) and type(seq) is int and isinstance(prev, str) and isinstance(own, str):
            return Link(chain_id, seq, prev, own)
    raise ValueError("the record has no chain fields")


def read_text(found: Any, name: str) -> str | None:  # noqa: ANN401 - whatever stands there
    """A member of a JSON object, if it is a text."""
    text = found.get(name) if isinstance(found, Mapping) else None
    return text if isinstance(text, str) else None


def write_link(link: Link) -> dict[str, Any]:
    """The same as the native record writes it."""
    return {"id": link.chain_id, "seq": link.seq, "prev": link.prev, "hash": link.hash}


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record: `raw` is its line without the line end, `fields` the same parsed, `summary` that only part is here.

    `narrowed` is what a summary keeps of a question that was narrowed.
    """

    raw: bytes = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    chain: Link
    summary: bool = False
    narrowed: bool = False

    @classmethod
    def read(cls, raw: bytes) -> "Record":
        """The record a ledger line holds.

        Raises:
            ValueError: where the line is no JSON object with chain fields and a time.
        """
        raw = raw.rstrip(b"\r\n")
        fields = orjson.loads(raw)
        if not isinstance(fields, dict):
            raise ValueError("the line is no JSON object")  # noqa: TRY004 - bad content, not a bad argument
        record = cls(raw=raw, fields=fields, chain=read_link(fields.get("chain")))
        if record.time is None or not isinstance(fields.get("event_type"), str):
            raise ValueError("the record has no time or no event type")
        return record

    @property
    def installation(self) -> str | None:
        """Which gateway's ledger it is of: each has chains of the same names."""
        found = self.fields.get("installation")
        return found if isinstance(found, str) else None

    @cached_property
    def time(self) -> datetime | None:
        """When the record was made."""
        written = self.fields.get("ts")
        return clock.parse_instant(written) if isinstance(written, str) else None

    @property
    def milliseconds(self) -> int:
        """The same in milliseconds since 1970."""
        return round(self.time.timestamp() * 1000) if self.time else 0

    @property
    def event_type(self) -> str:
        """What kind of record it is, as `decision`."""
        return str(self.fields.get("event_type", "other"))

    @property
    def verdict(self) -> str | None:
        """`allow`, `deny` or `error` for a decision; `answered`, `failed` or `interrupted` for an outcome.

        Refusals that were only counted are refusals: `deny`.
        """
        if self.event_type == COUNTED:
            return "deny"
        found = self.fields.get("decision") or self.fields.get("outcome")
        return found if isinstance(found, str) else None

    @property
    def count(self) -> int:
        """How many refusals a `refusals.counted` record stands for."""
        counts = self.fields.get("counts")
        return sum(n for n in counts.values() if isinstance(n, int)) if isinstance(counts, dict) else 1

    @property
    def detection(self) -> Mapping[str, Any]:
        """What a detector says of its finding; empty in any other record."""
        told = self.fields.get("oversight")
        return told if self.event_type in FINDINGS and isinstance(told, dict) else {}

    @property
    def detector_severity(self) -> str | None:
        """The detector's word for how severe its finding is: `warn` or `alert`."""
        return read_text(self.detection, "severity")

    @property
    def finding_title(self) -> str | None:
        """What the finding is of: its detector's title, or where an earlier version did not write that the detector's name."""
        detector = read_text(self.detection, "detector")
        return read_text(self.detection, "title") or (f"A finding of detector {detector}" if detector else None)

    @property
    def reasons(self) -> list[str]:
        """Why it was refused or failed: reason codes, the true ones; of counted refusals the most frequent first."""
        counts = self.fields.get("counts")
        if self.event_type == COUNTED and isinstance(counts, dict):
            return sorted(counts, key=lambda code: (-counts[code] if isinstance(counts[code], int) else 0, code))
        found = self.fields.get("deny_reasons") or self.fields.get("reason") or []
        return [str(code) for code in (found if isinstance(found, list) else [found])]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedRecord:
    """One line of a SIEM's copy: `chain` None where it is none of our records; `native` the ledger line embedded in it.

    The two were not compared with each other or with any hash: that is the verifier's task. `text` is the whole line, where
    no other message stands in it.
    """

    line_no: int
    chain: Link | None
    native: bytes | None = field(default=None, repr=False)
    installation: str | None = None
    text: bytes = field(default=b"", repr=False)


class Decoded(NamedTuple):
    """What a format finds in a text of its own: the place, the ledger line where it was embedded, and whose ledger it is of.

    `installation` is None in records of versions that did not write it.
    """

    chain: Link
    native: bytes | None
    installation: str | None


class Format(Protocol):
    """One way to write records for a SIEM. The text written is one line: it never holds a line end."""

    @property
    def name(self) -> str:
        """As settings call it."""

    def encode(self, record: Record, *, embed: bool = True) -> bytes:
        """The record in this format; with `embed`, the ledger line is within it, byte for byte."""

    def decode(self, exported: bytes) -> Decoded | None:
        """What is found in a text of this format; None for any other."""
