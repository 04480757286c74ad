"""The obligations as the record shows them: what the policy said, and the instants it came to mean."""

from collections.abc import Iterable
from datetime import datetime

from gateway.clock import format_instant
from gateway.model import AnswerRules, EffectiveQuery, Json, Obligation


def absolute(effective: EffectiveQuery, obligations: Iterable[Obligation]) -> list[dict[str, Json]]:
    """One entry an obligation: `id`, `type`, the policy's parameters, and what they came to for this query.

    Times are RFC 3339 text. A page's are those of both its decisions together. No plate is in it.
    """
    meant = _resolve(effective)
    return [
        {**obligation.params, "id": obligation.id, "type": obligation.type, **meant.get(obligation.type, {})}
        for obligation in obligations
    ]


def _resolve(effective: EffectiveQuery) -> dict[str, dict[str, Json]]:
    rules = effective.rules
    start, end = max(rule.not_before for rule in rules), min(rule.not_after for rule in rules)
    limits = [rule.limit for rule in rules if rule.limit is not None]
    states = sorted({plate.state for rule in rules for plate in rule.plates if plate.state is not None})
    return {
        "clamp_window": {"not_before": format_instant(start), "not_after": format_instant(end)},
        "drop_reads_older_than": {"not_before": format_instant(max(_oldest(rule) for rule in rules))},
        "drop_other_plates": {"states": list(states)},
        "limit_results": {"limit": min(limits) if limits else None},
    }


def _oldest(rule: AnswerRules) -> datetime:
    """The earliest read that could pass: some plate's own beginning, never before the window's."""
    begins = [plate.not_before for plate in rule.plates]
    begins += [span.start for plate in rule.plates for span in plate.earlier]
    return max(rule.not_before, min(begins, default=rule.not_before))
