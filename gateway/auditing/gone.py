"""What of a period is not in a ledger any more, because its age had come or because it is missing: what is counted of the rest would be too little."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.auditing.missing import list_deleted
from gateway.auditing.query_engine import table_time
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.ledger.segments import chains, segments

_BEGINNINGS = (
    "WITH begun AS (SELECT unnest(?::VARCHAR[]) AS chain_id, unnest(?::BIGINT[]) AS seq) "
    "SELECT chain_id, seq, ts FROM begun JOIN records USING (chain_id, seq) WHERE seq > 1 AND NOT EXISTS "
    "(SELECT 1 FROM records before WHERE before.chain_id = begun.chain_id AND before.seq = begun.seq - 1)"
)
_KEPT = "SELECT 1 FROM records WHERE ts < ? AND ts >= coalesce(?, ts) LIMIT 1"
_MOMENT = timedelta(seconds=1)
"""By so much a record may be dated before the one that precedes it: it is none that was kept."""
_BEFORE = "SELECT max(ts) FROM records WHERE chain_id = ? AND seq < ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where records of a chain are not in this ledger: between two times, the first None where it begins with the gap."""

    after: datetime | None
    before: datetime
    lawful: bool


def find_gaps(source: LedgerTable, since: datetime | None, until: datetime | None) -> list[Gap]:
    """What of a period is not in this ledger; nothing where it has all that there were.

    Places in a chain have no gaps: so a segment whose first record follows none shows that something went, and when it was at the
    latest. It went by its age where the newest checkpoint says so of the record before; whether all did is for `audit verify` to say.
    """
    found = [
        (chain, item.first_seq) for chain in chains(source.directory) for item in segments(source.directory, chain)
    ]
    deleted = list_deleted(source.directory)
    rows = source.ask(_BEGINNINGS, [[chain for chain, _ in found], [seq for _, seq in found]])
    gaps = []
    for chain, seq, ends_at in rows:
        [(began_at,)] = source.ask(_BEFORE, [chain, seq])
        if (since is None or ends_at > table_time(since)) and (
            until is None or began_at is None or began_at < table_time(until)
        ):
            lawful = any(run.chain_id == chain and run.first_seq < seq <= run.last_seq + 1 for run in deleted)
            after = None if began_at is None else began_at.replace(tzinfo=UTC)
            gaps.append(Gap(after=after, before=ends_at.replace(tzinfo=UTC), lawful=lawful))
    return gaps


def find_gone(source: LedgerTable, since: datetime | None, until: datetime | None) -> datetime | None:
    """Up to when records of a period may be gone from this ledger; None where it has all that there were."""
    return max((gap.before for gap in find_gaps(source, since, until)), default=None)


def tell_gone(source: LedgerTable, since: datetime | None = None, until: datetime | None = None) -> str:
    """One sentence on what of a period is gone; "" where nothing is. What is missing comes before what the law took."""
    gaps = find_gaps(source, since, until)
    missing = sorted((gap for gap in gaps if not gap.lawful), key=lambda gap: gap.before)
    if missing:
        times = ", ".join(dict.fromkeys(map(_tell_times, missing)))
        return f"Records of {times} UTC are missing in this: `audit verify` says which."
    if gaps:
        return _tell_deleted(source, since, max(gap.before for gap in gaps))
    return ""


def _tell_deleted(source: LedgerTable, since: datetime | None, before: datetime) -> str:
    """What went by its age; where records of the same time stand beside that, all of them cannot be said to be gone."""
    kept = source.ask(_KEPT, [table_time(before - _MOMENT), since and table_time(since)])
    gone = f"ecords of before {_to_the_minute(before)} UTC were deleted by their age and are not in this"
    if kept:
        return f"Some r{gone}; others were kept, for a hold or beside newer ones, and are: `audit verify` says which."
    return f"R{gone}: `audit verify` says which."


def _tell_times(gap: Gap) -> str:
    if gap.after is None:
        return f"before {_to_the_minute(gap.before)}"
    return f"between {_to_the_minute(gap.after)} and {_to_the_minute(gap.before)}"


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


def tell_outside(source: LedgerTable, since: datetime | None, until: datetime | None) -> str:
    """One sentence where a period ends before the record begins, or begins after it ends; "" where neither is so."""
    [(first, last)] = source.ask("SELECT min(ts), max(ts) FROM records")
    if first is not None and until is not None and table_time(until) <= first:
        return tell_beginning(first.replace(tzinfo=UTC))
    if last is not None and since is not None and table_time(since) > last:
        return f"The record ends {_to_the_minute(last.replace(tzinfo=UTC))} UTC."
    return ""


def _to_the_minute(instant: datetime) -> str:
    return format_instant(instant)[:16].replace("T", " ")
