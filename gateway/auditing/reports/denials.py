"""Why searches were denied: the true reasons with what they mean, ranked, as more than one report tells them."""

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.auditing.reports.charts import bars
from gateway.auditing.reports.counting import Counting
from gateway.auditing.reports.document import ReportTable, Section
from gateway.auditing.search import SEARCHES
from gateway.reasons import REASON_TEXTS, Reason

_OR_STOPPED = "The policy in force had expired or, as earlier versions recorded it, every search had been stopped (the acts of policy say which)."
"""There the code of an expired policy stood for an emergency stop too: a report must not make it a review that was missed."""
_SENTENCES = {reason.value: told.sentence for reason, told in REASON_TEXTS.items()} | {
    Reason.POLICY_EXPIRED.value: _OR_STOPPED
}
_MOST_BARS = 12


def sentence(code: str, record: Mapping[str, Any] | None = None) -> str:
    """What a reason code means, in words; one of an agency's own as the policy wrote it into this record."""
    return _SENTENCES.get(code) or _find_written(code, record or {})


def _find_written(code: str, record: Mapping[str, Any]) -> str:
    try:
        reasons = orjson.loads(record["decision_document"])["reasons"]
        return str(next(reason["message"] for reason in reasons if reason["code"] == code))
    except (LookupError, TypeError, ValueError, StopIteration):
        return ""


def rank_denials(count: Counting, heading: str, text: str, *, noun: str, name: str) -> Section:
    """The reasons by how often each stood, the most frequent first; `noun` is what a report calls them, as Denials."""
    found = count.rows("unnest(deny_reasons) AS code, count(*)", f"{SEARCHES} AND decision = 'deny'", "GROUP BY code")
    ranked = sorted(((str(code), int(number)) for code, number in found), key=lambda item: (-item[1], item[0]))
    return Section(
        heading=heading,
        text=text,
        chart=bars(f"{noun} by reason", ranked[:_MOST_BARS], "deny") if ranked else None,
        table=ReportTable(
            name=name,
            caption=f"{noun} by reason",
            columns=("Reason", "What it means", noun),
            rows=tuple((code, _explain(code, count), number) for code, number in ranked),
        ),
    )


def _explain(code: str, count: Counting) -> str:
    return sentence(code) or sentence(code, count.last_record("list_contains(deny_reasons, ?)", [code]))
