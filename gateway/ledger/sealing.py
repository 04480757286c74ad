"""From a body to bytes: a record gets its id and time, its sensitive part is sealed, and its form is worked out.

All of this happens in the thread of the request, outside every lock.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.clock import format_instant
from gateway.errors import Refusal
from gateway.ledger.encryption import Sealer
from gateway.ledger.epochs import Epochs
from gateway.ledger.records.event import Body, Sensitive
from gateway.ledger.records.form import SCHEMA, Halves, halves
from gateway.ledger.segments import LONGEST_LINE
from gateway.model import Json
from gateway.plates import in_clear
from gateway.reasons import Reason
from gateway.value import Hidden, Value

_NOTHING = Sensitive()
_REMEMBERED = 4096


def _nothing_to_say(_text: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Protection:
    """What seals the sensitive part of records.

    `traces` are the epochs that turn between those of `epochs`; `describe` tells in codes what the words of a reason are like,
    whatever their case and blanks, and `described` what it told last, by the hash of the words. While the clock
    `is_believed` not, no epoch ends, and so no key is erased.
    """

    sealer: Sealer
    epochs: Epochs
    traces: Epochs | None = None
    describe: Callable[[str], Sequence[str]] = _nothing_to_say
    is_believed: Callable[[], bool] = lambda: True
    described: dict[str, list[str]] = field(default_factory=dict, repr=False)

    def turn(self, now: datetime, record: Callable[[Body], object]) -> None:
        """Take up the present epochs; raises what `Epochs.turn` does."""
        may_end = self.is_believed()
        self.epochs.turn(now, record, may_end=may_end)
        if self.traces is not None:
            self.traces.turn(now, record, may_end=may_end)

    def disclose(self, sensitive: Sensitive) -> Body:
        """What may lie open beside the sealed fields: keyed hashes, and codes for the written reason."""
        body: Body = {}
        if sensitive.plate is not None:
            body = self.epochs.hash_plate(sensitive.plate)
            body |= self.traces.hash_plate(sensitive.plate) if self.traces is not None else {}
        if sensitive.reason_text is not None:
            words = sensitive.reason_text if sensitive.words is None else sensitive.words
            body["reason_hmac"] = self.epochs.hash_text(sensitive.reason_text)
            body |= {"reason_traits": list(traits)} if (traits := self._describe_once(words)) else {}
        return body

    def _describe_once(self, text: str) -> list[str]:
        """The codes of words. People write the same ones again and again: known by their hash, never by the text."""
        keyed = self.epochs.hash_text(text)
        traits = self.described.get(keyed)
        if traits is None:
            if len(self.described) >= _REMEMBERED:
                self.described.clear()
            self.described[keyed] = traits = list(self.describe(text))
        return traits


class Entry(Value, frozen=True, kw_only=True):
    """A record on its way: its form, sealed with this data key, and what it was made of, should the key change."""

    event_id: str
    key_id: str | None
    parts: Hidden[Halves]
    body: Hidden[Body]
    sensitive: Hidden[Sensitive]


class Sealing:
    """Prepares records for one chain. Without `protection` a record with a sensitive part cannot be prepared."""

    def __init__(self, protection: Protection | None, clock: Callable[[], datetime], installation: str) -> None:
        self._protection, self._clock = protection, clock
        self._installation = installation

    def prepare(self, body: Body, sensitive: Sensitive | None, event_id: str | None = None) -> Entry:
        """The record, ready for its place in the chain.

        Raises:
            Refusal: AUDIT_UNAVAILABLE; it cannot be sealed or has no exact form, so it cannot be recorded.
        """
        event_id, sensitive = event_id or new_event_id(), sensitive or _NOTHING
        try:
            sealed = self._seal(event_id, sensitive)
            own = {"schema": SCHEMA, "event_id": event_id, "installation": self._installation}
            parts = halves({**body, **sealed, **own, "ts": format_instant(self._clock())})
        except ValueError as error:
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the record cannot be written down") from error
        if parts.size > LONGEST_LINE // 2:
            raise Refusal(Reason.AUDIT_UNAVAILABLE, note="the record is too long")
        key_id = sealed.get("sealed_key_id")
        return Entry(event_id=event_id, key_id=key_id, parts=parts, body=body, sensitive=sensitive)

    def renew(self, entry: Entry) -> Entry:
        """The same record, sealed again if a new segment with a new data key has begun since it was prepared."""
        current = self._protection.sealer.key_id if self._protection else None
        if entry.key_id in (None, current):
            return entry
        return self.prepare(entry.body, entry.sensitive, entry.event_id)

    def _seal(self, event_id: str, sensitive: Sensitive) -> Body:
        fields: dict[str, Json] = {
            "plate_sealed": None if sensitive.plate is None else in_clear(sensitive.plate),
            "reason_sealed": sensitive.reason_text,
            "query_sealed": sensitive.query,
        }
        present = {name: value for name, value in fields.items() if value is not None}
        if not present:
            return {}
        if self._protection is None:
            raise ValueError("nothing to seal with")
        return self._protection.disclose(sensitive) | self._protection.sealer.seal(event_id, present)


def new_event_id() -> str:
    """A UUIDv7: unique, and sorted by time to the millisecond."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
