"""How a record ended, and for which reasons: the same words on the terminal, in reports and on the page of a checked package.

Needs Python 3.9 or later and nothing else, for it goes with every evidence package.
"""

from __future__ import annotations

from typing import Any, Mapping  # noqa: UP035 - Python 3.9 has it here too

ONLY_ASKED = "only asked"
"""Stands behind the verdict of a question to `explain`, which is no search."""
LEGEND = f"“{ONLY_ASKED}”: a question whether a search would be allowed (explain), which was no search; nothing was sent to a vendor."


def name_verdict(record: Mapping[str, Any]) -> str | None:
    """Allow or deny, the outcome of an answer or a review; None where it has none."""
    verdict: str | None = record.get("decision") or record.get("outcome") or tell_oversight(record).get("outcome")
    return f"{verdict}, {ONLY_ASKED}" if verdict and is_only_asked(record) else verdict


def is_only_asked(record: Mapping[str, Any]) -> bool:
    """Whether a decision was a question to `explain` alone."""
    return record.get("explain") is True


def list_codes(record: Mapping[str, Any]) -> list[str]:
    """The codes of the true reasons, or of those that refusals were counted under."""
    codes = record.get("deny_reasons") or record.get("reason") or _read_counts(record)
    return [str(code) for code in codes] if isinstance(codes, (list, tuple, dict)) else [str(codes)]


def name_reasons(record: Mapping[str, Any]) -> list[str]:
    """The true reasons; of refusals counted together, how many there were of each."""
    counts = _read_counts(record)
    return [f"{code} {counts[code]}" if code in counts else code for code in list_codes(record)]


def _read_counts(record: Mapping[str, Any]) -> Mapping[str, Any]:
    counts = record.get("counts")
    return counts if isinstance(counts, dict) else {}


def tell_oversight(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What oversight says of a finding, which is no part of other records."""
    told = record.get("oversight") if record.get("finding_id") else None
    return told if isinstance(told, dict) else {}
