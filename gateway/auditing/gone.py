"""What of a period is not in a ledger any more, because its age had come: what is counted of the rest would be too little."""

from datetime import UTC, datetime

from gateway.auditing.query_engine import table_time
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.ledger.segments import chains, segments

_BEGINNINGS = (
    "WITH begun AS (SELECT unnest(?::VARCHAR[]) AS chain_id, unnest(?::BIGINT[]) AS seq) "
    "SELECT chain_id, seq, ts FROM begun JOIN records USING (chain_id, seq) WHERE seq > 1 AND NOT EXISTS "
    "(SELECT 1 FROM records before WHERE before.chain_id = begun.chain_id AND before.seq = begun.seq - 1)"
)
_BEFORE = "SELECT max(ts) FROM records WHERE chain_id = ? AND seq < ?"


def find_gone(source: LedgerTable, since: datetime | None, until: datetime | None) -> datetime | None:
    """Up to when records of a period may be gone from this ledger; None where it has all that there were.

    Records go by whole segments, and places in a chain have no gaps: so a segment whose first record follows none shows
    that something went, and when it was at the latest. Whether lawfully is for `audit verify` to say.
    """
    found = [
        (chain, item.first_seq) for chain in chains(source.directory) for item in segments(source.directory, chain)
    ]
    gaps = source.ask(_BEGINNINGS, [[chain for chain, _ in found], [seq for _, seq in found]])
    ends = []
    for chain, seq, ends_at in gaps:
        [(began_at,)] = source.ask(_BEFORE, [chain, seq])
        if (since is None or ends_at > table_time(since)) and (
            until is None or began_at is None or began_at < table_time(until)
        ):
            ends.append(ends_at.replace(tzinfo=UTC))
    return max(ends) if ends else None


def tell_gone(source: LedgerTable, since: datetime | None = None, until: datetime | None = None) -> str:
    """One sentence on what of a period is gone; "" where nothing is."""
    gone = find_gone(source, since, until)
    if gone is None:
        return ""
    why = "" if source.problems else "were deleted by their age and "
    return f"Records of before {_to_the_minute(gone)} UTC {why}are not in this: `audit verify` says which."


def find_beginning(source: LedgerTable, since: datetime) -> datetime | None:
    """When the record begins, to the minute, where that is later than a period does; None where it is not."""
    [(first,)] = source.ask("SELECT min(ts) FROM records")
    if first is None or first <= table_time(since):
        return None
    return first.replace(tzinfo=UTC, second=0, microsecond=0)  # type: ignore[no-any-return]


def tell_beginning(begins: datetime) -> str:
    """One sentence on that."""
    return f"The record begins {_to_the_minute(begins)} UTC."


def tell_extent(source: LedgerTable, since: datetime, until: datetime | None) -> str:
    """What of a period is gone, or from when on there is a record, where that is later than the period begins."""
    if told := tell_gone(source, since, until):
        return told
    begins = find_beginning(source, since)
    return "" if begins is None else tell_beginning(begins)


def _to_the_minute(instant: datetime) -> str:
    return format_instant(instant)[:16].replace("T", " ")
