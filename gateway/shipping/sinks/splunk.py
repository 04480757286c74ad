"""Splunk's HTTP Event Collector: one JSON object an event, one after the other.

The event is sent as text, not as JSON, so that `_raw` is exactly what was written and its hash can be verified.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from gateway.shipping.formats import Format, Record, write_fitting
from gateway.shipping.formats.record import PRODUCT
from gateway.shipping.options import SinkOptions
from gateway.shipping.pacing import pace
from gateway.shipping.sinks.http import NOT_CONFIRMED, CollectorAnswer

_PATH = "/services/collector/event"
_SUCCESS = 0
_NO_DATA, _NO_TOKEN = (5, 10, 11), (1, 2, 3, 4)
"""Codes that come after the token was accepted (no data, no channel), and those that say that it was not."""
_CHANNEL = "the collector wants a channel: turn indexer acknowledgement off for this token"
_SETTINGS = {
    7: "the collector has not the index of this token, or lets it write to none",
    10: _CHANNEL,
    11: _CHANNEL,
}
"""Codes of a 400 that say what is wrong at the collector, whatever was sent (Splunk: Troubleshoot HTTP Event Collector)."""


class SplunkHec:
    """The dialect of `splunk_hec`."""

    def __init__(self, options: SinkOptions, form: Format) -> None:
        self.address = options.target.rstrip("/") + _PATH
        self.content_type = "application/json"
        self._form, self._embed = form, options.embed

    def body(self, batch: Sequence[Record]) -> bytes:
        """One envelope a record."""
        return b"\n".join(orjson.dumps(self._envelope(record)) for record in pace(batch))

    def _envelope(self, record: Record) -> dict[str, Any]:
        return {
            "time": record.milliseconds / 1000,
            "source": PRODUCT,
            "sourcetype": f"lpr:audit:{self._form.name}",
            "event": write_fitting(self._form, record, embed=self._embed).decode(),
            "fields": {
                "installation": record.installation or "",
                "chain_id": record.chain.chain_id,
                "chain_seq": record.chain.seq,
                "chain_hash": record.chain.hash,
            },
        }

    def read(self, batch: Sequence[Record], answer: Any) -> CollectorAnswer:  # noqa: ANN401 - any JSON value
        """All or nothing: the collector says `code` 0, or it has not got them."""
        if isinstance(answer, dict) and answer.get("code") == _SUCCESS:
            return CollectorAnswer()
        return CollectorAnswer(left=tuple(batch), why=NOT_CONFIRMED, hopeless=True)

    def token_trial(self) -> tuple[str, str]:
        """An event without data, which the collector refuses after it has looked at the token."""
        return "POST", self.address

    def judge_token(self, status: int, answer: Any) -> bool | None:  # noqa: ANN401, ARG002 - any JSON value
        """By the collector's code: what it misses is the data, or it does not get so far."""
        code = answer.get("code") if isinstance(answer, dict) else None
        return True if code in _NO_DATA else False if code in _NO_TOKEN else None

    def is_own(self, answer: Any) -> bool:  # noqa: ANN401 - any JSON value
        """The collector gives each refusal a code."""
        return isinstance(answer, dict) and isinstance(answer.get("code"), int)

    def blame_settings(self, answer: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """The index or the channel of the token."""
        code = answer.get("code") if isinstance(answer, dict) else None
        return _SETTINGS.get(code) if isinstance(code, int) else None

    def name_fault(self, answer: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """Its code, a number that Splunk's manual explains."""
        code = answer.get("code") if isinstance(answer, dict) else None
        return f"code {code}" if isinstance(code, int) else None
