"""The content of a page token: a page opening as a compact JSON array, and back, value for value.

Positions instead of names keep the token short enough for a request line.
"""

from datetime import datetime
from typing import Any

import orjson

from gateway.model import (
    AnswerRules,
    Claims,
    EffectiveQuery,
    Geo,
    PageOpening,
    PlateRule,
    PlateTerm,
    Query,
    Window,
)


def written_opening(opening: PageOpening) -> bytes:
    """The opening without person, key and mount, which the seal binds."""
    query, effective = opening.query, opening.effective
    return orjson.dumps([
        opening.page_id,
        opening.decision_id,
        opening.expires_at,
        _written_query(query),
        _written_effective(effective, rest_is_known=effective.rest == query.rest),
    ])  # fmt: skip


def read_opening(content: bytes, *, user_id: str, key_id: str, mount: str) -> PageOpening:
    """The opening that `written_opening` wrote; the content is authentic, so its form is not in doubt."""
    page_id, decision_id, expires_at, query_values, effective_values = orjson.loads(content)
    query = _read_query(query_values)
    return PageOpening(
        page_id=page_id,
        user_id=user_id,
        key_id=key_id,
        mount=mount,
        decision_id=decision_id,
        expires_at=datetime.fromisoformat(expires_at),
        query=query,
        effective=_read_effective(effective_values, query),
    )


def _written_query(query: Query) -> list[Any]:
    plate, geo, claims = query.plate, query.geo, query.claims
    return [
        query.vendor,
        query.operation,
        plate and [plate.text, plate.match, plate.fixed_characters, plate.state],
        query.window and [query.window.start, query.window.end],
        query.limit,
        geo and [geo.kind, geo.size_miles],
        [claims.purpose, claims.case_number, claims.reason_text],
        query.rest,
        query.page,
    ]


def _read_query(values: list[Any]) -> Query:
    vendor, operation, plate, window, limit, geo, claims, rest, page = values
    return Query(
        vendor=vendor,
        operation=operation,
        plate=plate and PlateTerm(text=plate[0], match=plate[1], fixed_characters=plate[2], state=plate[3]),
        window=window and _window(window),
        limit=limit,
        geo=geo and Geo(kind=geo[0], size_miles=geo[1]),
        claims=Claims(purpose=claims[0], case_number=claims[1], reason_text=claims[2]),
        rest=rest,
        page=page,
    )


def _written_effective(effective: EffectiveQuery, *, rest_is_known: bool) -> list[Any]:
    return [
        effective.vendor,
        effective.operation,
        effective.plate,
        effective.plate_state,
        [effective.window.start, effective.window.end],
        effective.limit,
        None if rest_is_known else effective.rest,
        effective.purpose,
        effective.case_number,
        [_written_rules(rules) for rules in effective.rules],
        effective.page_id,
    ]


def _read_effective(values: list[Any], query: Query) -> EffectiveQuery:
    vendor, operation, plate, plate_state, window, limit, rest, purpose, case_number, rules, page_id = values
    return EffectiveQuery(
        vendor=vendor,
        operation=operation,
        plate=plate,
        plate_state=plate_state,
        window=_window(window),
        limit=limit,
        rest=query.rest if rest is None else rest,
        purpose=purpose,
        case_number=case_number,
        rules=tuple(_read_rules(one) for one in rules),
        page_id=page_id,
    )


def _written_rules(rules: AnswerRules) -> list[Any]:
    plates = [[rule.text, rule.state, rule.not_before] for rule in rules.plates]
    return [rules.not_before, rules.not_after, plates, sorted(rules.masked), rules.strip_links, rules.limit]


def _read_rules(values: list[Any]) -> AnswerRules:
    not_before, not_after, plates, masked, strip_links, limit = values
    return AnswerRules(
        not_before=datetime.fromisoformat(not_before),
        not_after=datetime.fromisoformat(not_after),
        plates=tuple(
            PlateRule(text=text, state=state, not_before=datetime.fromisoformat(since)) for text, state, since in plates
        ),
        masked=frozenset(masked),
        strip_links=strip_links,
        limit=limit,
    )


def _window(values: list[str | None]) -> Window:
    start, end = (None if value is None else datetime.fromisoformat(value) for value in values)
    return Window(start=start, end=end)
