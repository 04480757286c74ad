"""From the vendor's answer to `Results`, listed leaves only.

An answer that does not have the listed form cannot be filtered, so it is not passed on; what is not listed is counted
and left behind.
"""

import math
from datetime import datetime
from functools import partial
from typing import Any

import orjson

from gateway import clock, plates
from gateway.errors import Refusal
from gateway.model import Json, Read, ReadField, Results, VendorAnswer
from gateway.reasons import Reason
from gateway.vendors.profile.answer_table import AnswerTable, Spot, Tree
from gateway.vendors.profile.profile import Profile
from gateway.vendors.request.build import PAGE_ID

_OK = 200
_MAX_RETRY_AFTER_S = 3600
_field = partial(tuple.__new__, ReadField)  # an answer has hundreds of them: a third of the time of calling the class
_NESTED = (dict, list)  # the only types that orjson makes of nested values
PlatesRead = dict[str, plates.ReadPlate | None]
"""What was read in one answer, and the plate that it is, if it is one."""


def parse_answer(profile: Profile, operation: str, answer: VendorAnswer) -> Results:
    """The reads in a vendor's answer to this (canonical) operation.

    Raises:
        Refusal: `vendor_credential_refused`, `vendor_rate_limited` (with the seconds to wait, at most an hour),
            `vendor_refused`, `vendor_answer_unusable`.
    """
    headers = dict(answer.headers)
    _check_status(answer.status, headers)
    table = profile.answers[profile.by_name[operation].answer]
    document = _document(profile, headers, answer.body)
    frame, rows = _rows(table, document)
    around: list[ReadField] = []
    outside = {name: value for name, value in frame.items() if name not in table.structure}
    withheld = _flatten(table.frame_tree, outside, around)
    plates_read: PlatesRead = {}
    reads = []
    for row in rows:
        read, unlisted = _read(profile, table, row, plates_read)
        reads.append(read)
        withheld += unlisted
    return Results(
        reads=tuple(reads),
        frame=tuple(around),
        next_page=_page_id(frame, table.next_page),
        previous_page=_page_id(frame, table.previous_page),
        withheld=withheld,
    )


def _check_status(status: int, headers: dict[str, str]) -> None:
    if status in (401, 403):
        raise Refusal(Reason.VENDOR_CREDENTIAL_REFUSED, note=f"status {status}")
    if status == 429:  # noqa: PLR2004 - HTTP's number
        raise Refusal(Reason.VENDOR_RATE_LIMITED, retry_after_s=_retry_after(headers.get("retry-after", "")))
    if status >= 300 or status < _OK:  # noqa: PLR2004
        wait_s = _retry_after(headers.get("retry-after", ""))
        raise Refusal(Reason.VENDOR_REFUSED, note=f"status {status}", retry_after_s=wait_s)
    if status != _OK:
        raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note=f"status {status}")


def _retry_after(text: str) -> int | None:
    wait_s = clock.read_retry_after(text)
    return None if wait_s is None else max(1, math.ceil(min(wait_s, _MAX_RETRY_AFTER_S)))


def _document(profile: Profile, headers: dict[str, str], body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != profile.media.answer:
        raise _unusable("not the vendor's media type")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _unusable("an encoded answer")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unusable("not JSON") from None


def _rows(table: AnswerTable, document: Any) -> tuple[dict[str, Json], list[Any]]:  # noqa: ANN401
    frame, rows = (document, None) if table.rows else ({}, document)
    if not isinstance(frame, dict):
        raise _unusable("not an object")
    if table.rows:
        rows = frame.get(table.rows)
    if not isinstance(rows, list):
        raise _unusable("no list of results")
    return frame, rows


def _read(profile: Profile, table: AnswerTable, row: Any, plates_read: PlatesRead) -> tuple[Read, int]:  # noqa: ANN401
    if not isinstance(row, dict):
        raise _unusable("a result that is not an object")
    fields: list[ReadField] = []
    withheld = _flatten(table.row_tree, row, fields)
    read = Read(
        plate=_plate(_at(row, table.spots[table.plate]), plates_read),
        state=_state(profile, _at(row, table.spots[table.state])) if table.state else None,
        time=_time(_at(row, table.spots[table.time])),
        fields=tuple(fields),
    )
    return read, withheld


def _flatten(tree: Tree, node: dict[str, Any], fields: list[ReadField]) -> int:
    """Add the listed leaves of a node to `fields`; the number of its members that are not listed."""
    unlisted = 0
    for name, value in node.items():
        spot = tree.get(name)
        if isinstance(spot, tuple):
            if type(value) in _NESTED:
                raise _unusable("a listed value of another form")
            fields.append(_field((*spot, value)))
        elif spot is None:
            unlisted += 1
        elif isinstance(value, dict):
            unlisted += _flatten(spot, value, fields)
        elif value is not None:
            raise _unusable("a listed object of another form")
    return unlisted


def _at(row: dict[str, Any], spot: Spot) -> Json:
    """The value of a listed leaf, in a row that `_flatten` found to have the listed form."""
    node: Any = row
    for parent in spot[0]:
        node = node.get(parent)
        if node is None:
            return None
    value: Json = node.get(spot[1])
    return value


def _plate(value: Json, known: PlatesRead) -> plates.ReadPlate | None:
    """The reads of one answer are mostly of one plate, which is looked at once."""
    if not isinstance(value, str):
        return None
    if value not in known:
        known[value] = plates.ReadPlate(value) if plates.is_accepted(value) else None
    return known[value]


def _state(profile: Profile, value: Json) -> str | None:
    """The two-letter code; a state that no table knows stays as it is written, and so differs from every other."""
    if value is None:
        return None
    return profile.states.get(str(value)) or str(value).upper()


def _time(value: Json) -> datetime | None:
    return clock.parse_instant(value) if isinstance(value, str) else None


def _page_id(frame: dict[str, Json], name: str | None) -> str | None:
    value = frame.get(name) if name else None
    if value is None:
        return None
    if not isinstance(value, str) or PAGE_ID.fullmatch(value) is None:
        raise _unusable("a page id that cannot be used in a path")
    return value


def _unusable(note: str) -> Refusal:
    return Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note=note)
