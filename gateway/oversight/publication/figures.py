"""The figures of a public report, counted from the records that a checkpoint holds, so that anybody can count them again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.auditing.query_engine import quote_text, table_time
from gateway.auditing.reports.document import Period
from gateway.auditing.search import READINGS, SEARCHES
from gateway.auditing.source import LedgerTable
from gateway.clock import format_instant
from gateway.ledger.heads import Head
from gateway.model import EMERGENCY
from gateway.oversight.kept import STANDING, WITHDRAWN_SINCE

_ALLOWED = f"{SEARCHES} AND decision = 'allow'"
_DENIED = f"{SEARCHES} AND decision = 'deny'"


_STANDING_FINDINGS = "event_type = 'finding.opened' AND NOT EXISTS ($withdrawn)"
_NOT_TAKEN_BACK = ", without those of a vendor's file that was taken back"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerCount:
    """What an earlier version counted as a total, under its title; and by what titles the tables stood that sum to it."""

    title: str
    where: str
    tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTable:
    """One table: what is counted, by what. Its numbers sum to the count named `total`, where there is one.

    `needs` is a count that its numbers say something of though they do not sum to it: it is shown only beside that.
    """

    name: str
    title: str
    where: str
    by: str
    total: str | None = None
    needs: str | None = None


TOTALS: Mapping[str, tuple[str, str]] = {
    "searches": ("Searches that were decided", SEARCHES),
    "allowed": ("Allowed", _ALLOWED),
    "denied": ("Refused", _DENIED),
    "approvals_used": ("Allowed with a supervisor's approval", f"{_ALLOWED} AND len(supervisor_approval_id) > 0"),
    "emergencies": ("Emergency searches allowed", f"{_ALLOWED} AND purpose_code = '{EMERGENCY}'"),
    "emergency_reviews": ("Emergency searches that a person reviewed", "event_type = 'emergency.reviewed'"),
    "findings": (f"Patterns that detectors found{_NOT_TAKEN_BACK}", _STANDING_FINDINGS),
    "reviews": ("Findings that a person reviewed", "event_type = 'finding.reviewed'"),
    "sample_reviews": ("Searches reviewed in the random sample", "event_type = 'sample.reviewed'"),
    "record_reads": ("Times that the record itself was read, each once whatever was opened in it", READINGS),
}
"""Numbers that stand alone: what people call each, and the records it counts."""
FORMER: Mapping[str, FormerCount] = {
    "record_reads": FormerCount(
        title="Times that the record itself was read", where=f"{READINGS} OR event_type = 'audit.opened'"
    ),
    "findings": FormerCount(
        title="Patterns that detectors found",
        where="event_type = 'finding.opened'",
        tables={"by_detector": "Findings by detector"},
    ),
}
"""As earlier versions counted, under the titles that they gave: what they published and signed is still to be confirmed."""
TABLES = (
    PublicTable(name="by_purpose", title="Allowed searches by purpose", where=_ALLOWED, by="coalesce(purpose_code, 'none')", total="allowed"),
    PublicTable(name="by_kind", title="Allowed searches by kind of case", where=_ALLOWED, by="coalesce(lookback_basis, 'not known')", total="allowed"),
    PublicTable(name="by_office", title="Searches by office", where=SEARCHES, by="coalesce(office, 'not known')", total="searches"),
    PublicTable(name="by_result", title="Searches by result", where=SEARCHES, by="decision", total="searches"),
    PublicTable(name="by_ended", title="How allowed searches ended", where="event_type = 'outcome'", by="outcome", needs="allowed"),
    PublicTable(name="by_emergency_outcome", title="Reviewed emergency searches by outcome", where="event_type = 'emergency.reviewed'", by="coalesce(outcome, 'not known')", total="emergency_reviews"),
    PublicTable(name="by_outcome", title="Reviewed findings by outcome", where="event_type = 'finding.reviewed'", by="coalesce(oversight->>'outcome', 'not known')", total="reviews"),
    PublicTable(name="by_detector", title=f"Findings by detector{_NOT_TAKEN_BACK}", where=_STANDING_FINDINGS, by="coalesce(oversight->>'detector', 'not known')", total="findings"),
    PublicTable(name="by_reason", title="Refusals by reason (one search may have several)", where=_DENIED, by="unnest(deny_reasons)", needs="denied"),
)  # fmt: skip


def count_figures(
    source: LedgerTable, period: Period, heads: Mapping[str, Head], formerly: Collection[str] = ()
) -> dict[str, Any]:
    """Totals and tables of a period, from the records up to these heads; nothing hidden yet.

    Those totals that are named in `formerly`, and the tables that sum to them, as an earlier version counted them.
    """
    before, withdrawn = {name: FORMER[name].where for name in formerly}, _withdrawn(period, heads)
    tail, bounds = _within(period, heads)

    def of(total: str | None, where: str) -> str:
        chosen = before.get(total or "", where).replace("$withdrawn", withdrawn)
        return f"FROM records WHERE ({chosen}) AND {tail}"

    totals = {
        name: int(source.ask(f"SELECT count(*) {of(name, where)}", bounds)[0][0]) for name, (_, where) in TOTALS.items()
    }
    tables = {
        table.name: source.ask(
            f"SELECT label, count(*) FROM (SELECT {table.by} AS label {of(table.total, table.where)}) "  # noqa: S608 - ours
            "GROUP BY label ORDER BY label",
            bounds,
        )
        for table in TABLES
    }
    return {"totals": totals, "tables": tables, "reconciliation": _count_reconciled(source, period, heads)}


def find_formerly(titles: Mapping[str, str]) -> frozenset[str]:
    """The totals that a report has under the titles of an earlier version."""
    return frozenset(name for name, one in FORMER.items() if titles.get(name) == one.title)


def _withdrawn(period: Period, heads: Mapping[str, Head]) -> str:
    """The withdrawal of a finding, since it was found and before exactly this period was first published.

    A later one counts for nothing, for two reports of one period would show by their difference how many few were.
    """
    return f"{WITHDRAWN_SINCE} AND ({_up_to_heads(heads)}) AND w.ts < coalesce({_first_published(period)}, TIMESTAMP 'infinity')"


def list_revisions(source: LedgerTable, period: Period, heads: Mapping[str, Head]) -> list[str]:
    """The policies that decided in the period, by their digests."""
    tail, bounds = _within(period, heads)
    asked = f"SELECT DISTINCT policy_revision FROM records WHERE event_type = 'decision' AND {tail} ORDER BY 1"  # noqa: S608
    return [row[0] for row in source.ask(asked, bounds) if row[0] is not None]


def _within(period: Period, heads: Mapping[str, Head]) -> tuple[str, list[Any]]:
    """The condition of being in the period and below these heads, and its parameters."""
    bounds = [table_time(moment) for moment in (period.since, period.until)]
    return f"({_up_to_heads(heads)}) AND ts >= ? AND ts < ?", bounds


def _count_reconciled(source: LedgerTable, period: Period, heads: Mapping[str, Head]) -> dict[str, int]:
    """The reconciliation of exactly this period, made after its end and before it was first published; the last of them.

    One of other days would show by its difference to theirs what few were searched between, and a later one what came since.
    """
    same = "oversight->>'since' = ? AND oversight->>'until' = ?"
    rows = source.ask(
        "SELECT arg_max(oversight, ts) FROM records WHERE event_type = 'oversight.reconciled' "  # noqa: S608 - ours
        f"AND {same} AND ts >= ? AND ({_up_to_heads(heads)}) AND ts < coalesce({_first_published(period)}, TIMESTAMP 'infinity')",
        [format_instant(period.since), format_instant(period.until), table_time(period.until)],
    )
    told = orjson.loads(rows[0][0] or "{}")
    return {name: value for name, value in told.items() if isinstance(value, int)} if isinstance(told, dict) else {}


def find_published(source: LedgerTable, period: Period) -> datetime | None:
    """When exactly this period was first published: a reconciliation made since then no longer counts for it."""
    found: datetime | None = source.ask(f"SELECT {_first_published(period)}")[0][0]
    return None if found is None else found.replace(tzinfo=UTC)


def _first_published(period: Period) -> str:
    """The moment of it, in brackets; nothing where it never was."""
    same = " AND ".join(
        f"oversight->'period'->>'{name}' = {quote_text(format_instant(moment))}"
        for name, moment in (("since", period.since), ("until", period.until))
    )
    return f"(SELECT min(ts) FROM records WHERE event_type = 'report.published' AND {same})"  # noqa: S608 - ours


def is_imported(source: LedgerTable, period: Period) -> bool:
    """Whether there is an export of the vendor that tells of this period, so that it could be held against the record."""
    told = "oversight->>'kind' <> 'events' AND oversight->>'first' < ? AND oversight->>'last' >= ?"
    bounds = [format_instant(period.until), format_instant(period.since)]
    asked = f"SELECT count(*) FROM records i WHERE {STANDING} AND {told}"  # noqa: S608 - ours
    return bool(source.ask(asked, bounds)[0][0])


def _up_to_heads(heads: Mapping[str, Head]) -> str:
    """The condition of lying in the record that these heads end."""
    return " OR ".join(_up_to(chain, head) for chain, head in sorted(heads.items())) or "FALSE"


def _up_to(chain: str, head: Head) -> str:
    return f"(chain_id = {quote_text(chain)} AND seq <= {head.seq})"
