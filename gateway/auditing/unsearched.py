"""What a question about a plate or a case leaves out: records of epochs whose key could not be had, and requests never read.

Beside it, what it should have left out: epochs whose keys were destroyed on record, and are there again.
"""

from collections.abc import Collection, Iterator
from typing import Any

import orjson

from gateway.auditing.epoch_proofs import read_digests
from gateway.auditing.search import Criteria, condition, find_lines
from gateway.auditing.source import LedgerTable
from gateway.ledger.epoch_keys import list_wrapped

_NO_KEY = "no key was given that opens them"
_NO_KEY_PROVED = (
    "no key was given that opens them, and no record or key shows whether they are still the keys of their epochs"
)
_DESTROYED = "their keys were destroyed, which is on record (epoch.shredded)"
_MISSING = (
    "their keys are missing from keys/epochs, and no record says that they were destroyed (a backup may have them)"
)
_BACK = (
    "it is on record that the keys of these epochs were destroyed (epoch.shredded), and they lie in keys/epochs again"
)

_NAMES_A_PLATE = "operation IN ('explain', 'approval.request', 'context.declare')"
"""At the gateway's own addresses: requests that may name a plate or a case."""
_UNREAD = (
    f"event_type = 'decision' AND (vendor_profile IS NOT NULL OR {_NAMES_A_PLATE} AND list_has_any("
    "list_transform(deny_reasons, lambda code : split_part(code, '_', 1)), ['request'])) "
    "AND facts_revision IS NULL AND decision = 'deny'"
)


def tell_unsearched(source: LedgerTable, criteria: Criteria) -> tuple[str, ...]:
    """A sentence for each cause; none where neither a plate nor a case was asked for."""
    return (*_tell_epochs(source, criteria), *_tell_unread(source, criteria))


def _tell_epochs(source: LedgerTable, criteria: Criteria) -> tuple[str, ...]:
    """With the epochs that were not searched.

    A key that is wrapped may be needed for a record of any time. Of one that is not there, only the records of its epoch
    show that there was one: so it is told where the period has such. An epoch that began since the keys were looked up, as by
    the record of this very question, has nothing of it but what such a record names.
    """
    if criteria.plates is None:
        return ()
    wrapped, named = list_wrapped(source.directory), _list_named(source, criteria)
    lost = named - wrapped - set(criteria.epochs)
    shredded = {str(record.get("epoch")) for record in list_shredded(source)} if lost or wrapped else set()
    destroyed = lost & shredded
    asked_of = wrapped if criteria.wrapped is None else wrapped & (criteria.wrapped | named)
    closed = asked_of - set(criteria.epochs) - criteria.altered.keys()
    unproved = closed - read_digests(source).keys() if closed else set()
    causes = {_NO_KEY: closed - unproved, _NO_KEY_PROVED: unproved, _DESTROYED: destroyed, _MISSING: lost - destroyed}
    told = (_sentence(cause, epochs) for cause, epochs in causes.items() if epochs)
    back = wrapped & shredded
    again = [f"{_BACK}: {', '.join(sorted(back))}"] if back else []
    return (*criteria.altered.values(), *told, *again)


def _tell_unread(source: LedgerTable, criteria: Criteria) -> Iterator[str]:
    """Requests of known persons that were refused for their form: what plate and case they named was never read."""
    asked = {"plate_hmac": criteria.plates, "case_number": criteria.case}
    unread = " OR ".join(f"{column} IS NULL" for column, value in asked.items() if value is not None)
    if not unread:
        return
    where, parameters = condition(Criteria(person=criteria.person, since=criteria.since, until=criteria.until))
    [(count,)] = source.ask(f"SELECT count(*) FROM records WHERE ({where}) AND {_UNREAD} AND ({unread})", parameters)  # noqa: S608 - ours
    if count:
        yield (
            f"not searched: {count} request{'s' if count > 1 else ''} of this time, refused for the form, or for who asked, before a plate or "
            "case was read (found by person, or by --reason request_bad_time and the like)"
        )


def _sentence(cause: str, epochs: Collection[str]) -> str:
    return f"not searched, because {cause}: epochs {', '.join(sorted(epochs))}"


def _list_named(source: LedgerTable, criteria: Criteria) -> set[str]:
    """The epochs under whose keys plates were hashed in the period that is asked about."""
    where, parameters = condition(Criteria(since=criteria.since, until=criteria.until))
    named = f"SELECT DISTINCT plate_hmac_epoch FROM records WHERE ({where}) AND plate_hmac_epoch IS NOT NULL"  # noqa: S608 - ours
    return {str(epoch) for (epoch,) in source.ask(named, parameters)}


def list_shredded(source: LedgerTable) -> Iterator[dict[str, Any]]:
    """The records of epochs whose keys were destroyed, the newest first."""
    for line in find_lines(source, source.places("event_type = 'epoch.shredded'", (), None)):
        yield orjson.loads(line.raw)
