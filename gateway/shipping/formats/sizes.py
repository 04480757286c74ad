"""How a record fits a receiver's size limit: whole, without the embedded line, or as a summary; never cut off."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from gateway.shipping.formats.event_types import REQUESTS
from gateway.shipping.formats.record import Format, Record, write_link
from gateway.shipping.formats.verdicts import is_narrowed
from gateway.value import replace

SMALLEST_LIMIT = 2048
"""Octets that a summary needs at most, in any format: what every receiver of RFC 5425 must take."""
_LONGEST_VALUE = 44  # octets as JSON, escapes and quotes included
_OF_ANY = "schema event_id installation ts event_type decision_id user_id outcome case_number status".split()
_OF_A_REQUEST = "decision explain operation purpose_code src_ip".split()
_OF_OTHERS = "operator reader finding_id found".split()
_OF_A_DETECTION = ("detector", "severity", "title")


def fit(form: Format, record: Record, limit: int, *, embed: bool = True) -> bytes:
    """The fullest text of this record within `limit` octets.

    A summary holds who, what, why and the verdict, and refers to the full record by its chain, sequence and hash.
    """
    for whole in (True, False) if embed else (False,):
        text = write_fitting(form, record, embed=whole)
        if len(text) <= limit:
            return text
    return form.encode(summarise(record), embed=False)


def write_fitting(form: Format, record: Record, *, embed: bool) -> bytes:
    """The record's text; a summary for one that the format cannot write, so that nothing ever holds up the rest."""
    try:
        return form.encode(record, embed=embed)
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        return form.encode(summarise(record), embed=False)


def summarise(record: Record) -> Record:
    """The record with only the fields a summary has; long values are left out whole."""
    own = _OF_A_REQUEST if record.event_type in REQUESTS else _OF_OTHERS
    kept = _short(record.fields, [*_OF_ANY, *own])
    if detection := _short(record.detection, _OF_A_DETECTION):
        kept["oversight"] = detection
    fields = {**kept, "chain": write_link(record.chain)}
    return replace(record, fields=fields, summary=True, narrowed=is_narrowed(record))


def _short(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {
        name: value
        for name in names
        if isinstance(value := fields.get(name), str | int) and len(orjson.dumps(value)) <= _LONGEST_VALUE
    }
