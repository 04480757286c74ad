"""Elasticsearch's (and OpenSearch's) `_bulk`: created under the record's hash, so that sending twice stores once."""

import re
from collections.abc import Sequence
from typing import Any

import orjson

from gateway import clock
from gateway.shipping.formats import Format, Record, write_fitting
from gateway.shipping.options import SinkOptions
from gateway.shipping.pacing import pace
from gateway.shipping.sinks.http import ABOUT_RECORDS, NOT_CONFIRMED, CollectorAnswer, read_word, tell_hopeless
from gateway.shipping.sinks.sink import add_word

_PATH = "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason"
_IS_THERE_ALREADY = 409
_STORED = range(200, 300)
_WHO_ASKS, _UNKNOWN = "/_security/_authenticate", 401
_FORBIDDEN = 403
_OF_FIELD = re.compile(
    r"(?:\[\d+:\d+\] )?(?:failed to parse field|object mapping for|mapper|can't merge a non object mapping) "
    r"\[([a-z@][a-z0-9_@.]{0,126})\]"
)
"""How a reason begins that lies in a field's mapping. A value is quoted only further on, and no name of a field is written otherwise."""
_MAY_NOT_WRITE = "the token may not write to this index, or nothing is written to it"


class ElasticsearchBulk:
    """The dialect of `elasticsearch`."""

    def __init__(self, options: SinkOptions, form: Format) -> None:
        self.address = options.target.rstrip("/") + _PATH
        self._host = options.target.rstrip("/").rpartition("/")[0]
        self.content_type = "application/x-ndjson"
        self._form, self._embed = form, options.embed

    def body(self, batch: Sequence[Record]) -> bytes:
        """Two lines a record: what to do, and the document."""
        lines = []
        for record in pace(batch):
            lines += [orjson.dumps({"create": {"_id": record.chain.hash}}), self._document(record)]
        return b"\n".join(lines) + b"\n"

    def _document(self, record: Record) -> bytes:
        text = write_fitting(self._form, record, embed=self._embed)
        if self._form.name == "ecs":
            return text
        stamp = clock.format_instant(record.time) if record.time else None
        return orjson.dumps({"@timestamp": stamp, "message": text.decode()})

    def read(self, batch: Sequence[Record], answer: Any) -> CollectorAnswer:  # noqa: ANN401 - any JSON value
        """Each record by the status of its item."""
        try:
            items = [item["create"] for item in answer["items"]]
            statuses = [int(item["status"]) for item in items]
            pairs = list(zip(batch, statuses, strict=True))
        except (KeyError, TypeError, ValueError):
            return CollectorAnswer(left=tuple(batch), why=NOT_CONFIRMED, hopeless=True)
        hopeless = next(filter(None, map(_tell_hopeless_item, statuses)), None)
        faults = [(status, self.name_fault(item)) for item, status in zip(items, statuses, strict=True)]
        of_waiting = next((fault for status, fault in faults if not _is_final(status)), None)
        return CollectorAnswer(
            left=tuple(record for record, status in pairs if not _is_final(status)),
            refused=tuple(record for record, status in pairs if status in ABOUT_RECORDS),
            fault=next((fault for status, fault in faults if status in ABOUT_RECORDS), None),
            why=add_word(hopeless or "the collector did not take all records", of_waiting),
            hopeless=hopeless is not None,
        )

    def token_trial(self) -> tuple[str, str]:
        """Who the token is of, asked of the host above the index."""
        return "GET", self._host + _WHO_ASKS

    def judge_token(self, status: int, answer: Any) -> bool | None:  # noqa: ANN401 - any JSON value
        """OpenSearch, and one without security, has no such address: a right token cannot be told there, a wrong one can."""
        if status == _UNKNOWN:
            return False
        return True if status in _STORED and isinstance(answer, dict) and "username" in answer else None

    def is_own(self, answer: Any) -> bool:  # noqa: ANN401 - any JSON value
        """Each refusal of its own is an `error`."""
        return isinstance(answer, dict) and "error" in answer

    def blame_settings(self, answer: Any) -> str | None:  # noqa: ANN401, ARG002 - any JSON value
        """None: what lies in the index or its rights has a status of its own."""
        return None

    def name_fault(self, answer: Any) -> str | None:  # noqa: ANN401 - any JSON value
        """The `type` of the error, of a whole answer or of one item, and the field it names; the rest of its `reason` may quote the record."""
        error = answer.get("error") if isinstance(answer, dict) else None
        word = read_word(error.get("type")) if isinstance(error, dict) else None
        if word is None or not isinstance(error, dict):
            return None
        of_field = _OF_FIELD.match(str(error.get("reason")))
        return f"{word}, field {of_field[1]}" if of_field else word


def _tell_hopeless_item(status: int) -> str | None:
    """The batch was let in, so a record that is forbidden is forbidden in this index."""
    if _is_final(status):
        return None
    return _MAY_NOT_WRITE if status == _FORBIDDEN else tell_hopeless(status)


def _is_final(status: int) -> bool:
    """A token without a right to the index, an index that is not there or takes no more are told here too: all that waits."""
    return status in _STORED or status == _IS_THERE_ALREADY or status in ABOUT_RECORDS
