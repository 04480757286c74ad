"""Search: the records that answer to some criteria, newest first."""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from gateway.auditing.access import Access
from gateway.auditing.concerned import CASE, ID, PERSON
from gateway.auditing.query_engine import table_time
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.ledger.records.form import RecordPlace
from gateway.ledger.segments import Line
from gateway.model import Json

SEARCHES = "event_type = 'decision' AND vendor_profile IS NOT NULL AND explain IS NOT TRUE"
"""Decisions on searches, which are asked of a vendor; a question whether one would be allowed is none, and neither is an
approval, a review or a context that the gateway refused at an address of its own."""
PERSONS = "count(DISTINCT user_id) FILTER (user_id IS DISTINCT FROM on_behalf_of)"
"""How many people asked: a service that named nobody, or somebody it may not act for, stands under its own id."""
READINGS = "event_type = 'audit.read'"
"""Readings of the record: each leaves one such record, and `audit.opened` ones beside it for what was opened in it."""
_PAGE = 500
_OF_KEYS = ("epochs", "altered", "wrapped")
_PLATES = "list_contains(?::VARCHAR[], plate_hmac)"
_OF_A_PLATE = (
    f"({_PLATES} OR (event_type = 'outcome' AND decision_id IN (SELECT decision_id FROM records WHERE {_PLATES})))"  # noqa: S608
)
"""An outcome has no hash of its own: it is of its decision's plate."""
_FOR_REASON = (
    "(list_contains(deny_reasons, ?) OR list_contains(disclosed_reasons, ?) OR reason = ? "
    "OR (event_type = 'refusals.counted' AND list_contains(json_keys(counts), ?)))"
)
_OPENABLE = "? = (event_type = 'decision' OR (sealed_key_id IS NOT NULL AND event_type <> 'seal.opened'))"
"""What brings a data key into the ledger names it, and holds nothing sealed with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """What to look for; a record must answer to all that is given.

    `person` acted or is concerned, `case` and `decision_id` (or whatever else has an id) are what it is about, as `concerned` says; `verdict` is allow,
    deny or error of a decision, or answered, failed or interrupted of an outcome; `reason` is a code that was true or told, or that refusals were counted
    under;
    `address` is whence a request came, or the network of one whose refusals were counted together;
    `openable` are decisions and what else has something sealed in it; `plates` are hashes of one plate, or of one `part` of a
    plate, under the keys of these `epochs`, `altered` sentences on wrapped keys that are not their epochs' own, by epoch, and `wrapped` the
    epochs whose wrapped keys lay there when they were looked up (None: whichever lie there now); `since` is included, `until` is not.
    """

    person: str | None = None
    case: str | None = None
    plates: tuple[str, ...] | None = field(default=None, repr=False)
    part: bool | None = None
    epochs: tuple[str, ...] = ()
    altered: Mapping[str, str] = field(default_factory=dict)
    wrapped: frozenset[str] | None = None
    purpose: str | None = None
    verdict: str | None = None
    reason: str | None = None
    event_type: str | None = None
    decision_id: str | None = None
    address: str | None = None
    openable: bool | None = None
    since: datetime | None = None
    until: datetime | None = None

    def describe(self) -> dict[str, Json]:
        """The criteria as the record of the reading gives them: that a plate was asked for, and not which."""
        given: dict[str, Json] = {}
        for name in (item.name for item in fields(self) if item.name not in _OF_KEYS):
            value = getattr(self, name)
            if value is not None:
                given[name] = (
                    format_instant(value) if isinstance(value, datetime) else value if name != "plates" else True
                )
        return given


def condition(criteria: Criteria) -> tuple[str, list[Any]]:
    """The SQL condition on `records`, and its parameters."""
    terms: list[tuple[str, list[Any]]] = [
        (PERSON, [criteria.person] * PERSON.count("?")),
        (CASE, [criteria.case] * CASE.count("?")),
        (_OF_A_PLATE, [None if criteria.plates is None else list(criteria.plates)] * 2),
        ("purpose_code = ?", [criteria.purpose]),
        ("(decision = ? OR outcome = ?)", [criteria.verdict] * 2),
        (
            _FOR_REASON,
            [criteria.reason] * _FOR_REASON.count("?"),
        ),
        ("event_type = ?", [criteria.event_type]),
        (_OPENABLE, [criteria.openable] * _OPENABLE.count("?")),
        (ID, [criteria.decision_id] * ID.count("?")),
        ("list_contains(?::VARCHAR[], src_ip)", [criteria.address and _list_written(criteria.address)]),
        ("ts >= ?", [criteria.since and table_time(criteria.since)]),
        ("ts < ?", [criteria.until and table_time(criteria.until)]),
    ]
    given = [(sql, values) for sql, values in terms if values[0] is not None]
    return " AND ".join(sql for sql, _ in given) or "TRUE", [value for _, values in given for value in values]


def _list_written(address: str) -> list[str]:
    """As an address stands on record: itself, as a listener on both kinds sees it, or the /64 that refusals are counted by."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:  # a network, as the record has it
        return [address]
    if isinstance(read, ipaddress.IPv4Address):
        return [str(read), f"::ffff:{read}"]
    mapped = read.ipv4_mapped
    return [str(read), str(mapped) if mapped else str(ipaddress.ip_network(f"{read}/64", strict=False))]


def search(source: LedgerTable, criteria: Criteria, access: Access, limit: int | None = None) -> Iterator[Line]:
    """The lines of the records, newest first. That they are read is on record before this returns.

    Raises:
        Refusal: the reading cannot be recorded.
    """
    access.record("search", criteria.describe() | ({} if limit is None else {"limit": limit}))
    return find_lines(source, source.places(*condition(criteria), limit))


def find_lines(source: LedgerTable, places: list[RecordPlace]) -> Iterator[Line]:
    """The lines at these places, read a page at a time."""
    for start in range(0, len(places), _PAGE):
        yield from source.lines(places[start : start + _PAGE])
