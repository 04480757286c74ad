"""What a period's hashes say of plates: how many a person searched, and which of them again and again."""

from gateway.auditing.plate_identity import label_plates
from gateway.auditing.query_engine import quote_text, table_time
from gateway.auditing.reports.document import Period
from gateway.auditing.search import SEARCHES
from gateway.auditing.source import LedgerTable

_SEARCHED = (
    "CREATE OR REPLACE VIEW searched AS SELECT user_id, ts, case_number, plate_hmac_epoch, hash(plate_hmac) AS h, "
    "CASE WHEN plate_trace IS NOT NULL THEN hash(plate_trace) END AS t FROM records "
    "WHERE {searches} AND plate_hmac IS NOT NULL AND ts >= TIMESTAMP {since} AND ts < TIMESTAMP {until}"
)
_BY_PLATE = "(SELECT s.*, coalesce(l.plate, s.h) AS plate FROM searched s LEFT JOIN labels l ON s.h = l.h)"


class SearchedPlates:
    """The searches of a period, each with its plate: the same one under each of its hashes, as far as these lead."""

    def __init__(self, source: LedgerTable, period: Period) -> None:
        since, until = (quote_text(table_time(at).isoformat(sep=" ")) for at in (period.since, period.until))
        source.connection.execute(_SEARCHED.format(searches=SEARCHES, since=since, until=until))
        label_plates(source.connection, "searched")
        self._source = source

    def count_by_person(self) -> dict[str, int]:
        """How many plates each person searched."""
        by_person = f"SELECT user_id, count(DISTINCT plate) FROM {_BY_PLATE} WHERE user_id IS NOT NULL GROUP BY user_id"  # noqa: S608 - ours
        return dict(self._source.ask(by_person))

    def find_repeated(self, days: int) -> list[tuple[str, int, int]]:
        """Person, days and cases of each plate that one person searched on so many days, or under two cases or more."""
        return [
            (str(user), on_days, cases)
            for user, on_days, cases in self._source.ask(
                f"SELECT user_id, count(DISTINCT ts::DATE) AS days, count(DISTINCT case_number) AS cases FROM {_BY_PLATE} "  # noqa: S608 - ours
                "WHERE user_id IS NOT NULL GROUP BY user_id, plate HAVING days >= ? OR cases > 1 ORDER BY user_id",
                [days],
            )
        ]

    def tell_turns(self) -> str | None:
        """A sentence where the key of the hashes changed in the period, for then one plate may count as two."""
        [(epochs,)] = self._source.ask("SELECT count(DISTINCT plate_hmac_epoch) FROM searched")
        if epochs < 2:  # noqa: PLR2004 - a change leads from one to another
            return None
        times = "once" if epochs == 2 else f"{epochs - 1} times"  # noqa: PLR2004 - as above
        return (
            f"The key of the hashes changed {times} in this period: a plate counts as two where its searches before and after lie "
            "more than half an epoch apart, or where the key changed because an auditor left."
        )
