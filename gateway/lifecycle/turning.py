"""The smallest changes of facts that would turn a denial: found by trying, so that each is true of the policy as it is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.canonical import canonical
from gateway.lifecycle.explain import decide_codes, find
from gateway.model import Json, find_member, is_number
from gateway.pdp import Bundle, EmbeddedEngine
from gateway.pdp.check.scenarios import APPROVAL, SCOPES
from gateway.pdp.check.usual_request import make_sample

_MOST_STEPS = 8
_NEVER = frozenset(
    {"schema", "request.id", "request.time", "request.source_ip", "facts.revision", "actor.method", "actor.assurance"}
)
_OF_PURPOSE = frozenset({"purpose_missing", "purpose_not_allowed", "purpose_case_mismatch"})
_PURPOSE, _LATE_REVIEWS = "query.purpose", "facts.reviews.overdue"
_EMERGENCIES = "facts.reviews.emergencies_24h"
_AGES = {"training": "done on or after", "acknowledgement": "accepted on or after"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """One fact that would have to be another."""

    path: str
    was: Any
    becomes: Any
    sentence: str


def find_turning(bundle: Bundle, input_text: str) -> tuple[FactChange, ...]:
    """Changes that together turn this denial into an allow, none of them to spare; empty where none were found.

    Another purpose would be another search: it is named where the purpose is what is refused, else only where nothing of
    this search turns it.
    """
    engine, document = EmbeddedEngine(bundle), json.loads(input_text)
    left = decide_codes(engine, input_text)
    candidates = list(_candidates(document, bundle))
    of_this_search = [change for change in candidates if change[0] != _PURPOSE]
    if left and _OF_PURPOSE.isdisjoint(left) and (found := _search(engine, document, left, of_this_search)):
        return found
    return _search(engine, document, left, candidates)


def _search(
    engine: EmbeddedEngine,
    document: Any,  # noqa: ANN401
    left: tuple[str, ...] | None,
    candidates: list[tuple[str, Any]],
) -> tuple[FactChange, ...]:
    seen = {left}
    taken: list[tuple[str, Any]] = []
    for _ in range(_MOST_STEPS):
        if not left:
            break
        tried = [
            (codes, change) for change in candidates if (codes := _try(engine, document, [*taken, change])) is not None
        ]
        # One reason may hide another, as that a plate is protected hides whose it is: then as many are left, and others.
        best = min(tried, key=lambda item: (len(item[0]), item[0] in seen), default=None)
        if best is None or len(best[0]) > len(left) or best[0] in seen:
            return ()
        left, taken = best[0], [*taken, best[1]]
        seen.add(left)
    if left:
        return ()
    for change in list(taken):
        others = [other for other in taken if other is not change]
        if _try(engine, document, others) == ():
            taken = others
    widened = [_widen(engine, document, change, [other for other in taken if other is not change]) for change in taken]
    return tuple(_tell(document, path, value) for path, value in widened)


def _widen(
    engine: EmbeddedEngine,
    document: Any,  # noqa: ANN401
    change: tuple[str, Any],
    others: list[tuple[str, Any]],
) -> tuple[str, Any]:
    """The same change with the largest number that would do, to a tenth: a case has limits that no table holds."""
    path, enough = change
    too_much = find(document, path)
    if not is_number(enough) or not is_number(too_much):
        return change
    step = 1 if isinstance(enough, int) and isinstance(too_much, int) else 0.1
    while too_much - enough > 1.5 * step:
        middle = (enough + too_much) // 2 if step == 1 else round((enough + too_much) / 2, 1)
        if _try(engine, document, [*others, (path, middle)]) == ():
            enough = middle
        else:
            too_much = middle
    return path, enough


def _try(engine: EmbeddedEngine, document: Any, changes: list[tuple[str, Any]]) -> tuple[str, ...] | None:  # noqa: ANN401
    changed = json.loads(json.dumps(document))
    for path, value in changes:
        if not _put(changed, path, value):
            return None
    return decide_codes(engine, canonical(changed))


def _candidates(document: Any, bundle: Bundle) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """For each fact: what it is in the usual good request, and each number that a table holds."""
    numbers = sorted(set(_numbers(dict(bundle.data))))
    tables: Any = bundle.data["tables"]
    sample = make_sample(tables)
    if find(document, "facts.target.protected") is not False:  # an approval is to be had, another plate is not
        yield _approve(document, "protected_plate")
    if find(document, _LATE_REVIEWS):  # the usual request is no emergency, and has none of these numbers
        yield _LATE_REVIEWS, 0
    if is_number(lately := find(document, _EMERGENCIES)):
        yield from ((_EMERGENCIES, number) for number in reversed(numbers) if number < lately)
    for path, usual in _leaves("", sample):
        if path in _NEVER:
            continue
        was = find(document, path)
        if is_number(was):  # the largest that would do is the smallest change
            yield from ((path, number) for number in reversed(numbers) if number < was)
        if was != usual:
            yield path, usual
    yield from _list_parts(document, sample)
    yield from ((_PURPOSE, purpose) for purpose in sorted(tables.get("purposes", {})))
    yield from _sign_ins(document, bundle)
    for scope in SCOPES:
        yield _approve(document, scope)


def _approve(document: Any, scope: str) -> tuple[str, Any]:  # noqa: ANN401
    return "facts.approvals", [*(find(document, "facts.approvals") or []), APPROVAL | {"scope": scope}]


def _list_parts(document: Any, sample: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Whole parts that are missing."""
    for path in (
        "facts.case",
        "facts.training",
        "facts.acknowledgement",
        "facts.target.matches",
        "query.window",
        "query.geo",
    ):
        if find(document, path) != find(sample, path):
            yield path, find(sample, path)


def _sign_ins(document: Any, bundle: Bundle) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Other ways to sign in, the weakest that could do first: classes and means of a sign-on, else other credentials."""
    table = find_member(bundle.data, "tables", "assurance")
    if find(document, "actor.method") == "oidc":
        yield "actor.assurance.auth_age_minutes", find_member(table, "sign_in_minutes", "value")
        yield from (("actor.assurance.acr", name) for name in _rising(table, "classes"))
        yield from (("actor.assurance.amr", [name]) for name in _rising(table, "means"))
    else:
        yield from (("actor.method", name) for name in _rising(table, "methods") if name != "oidc")


def _rising(table: Json, part: str) -> list[str]:
    levels = find_member(table, part)
    if not isinstance(levels, Mapping):
        return []
    ranked = [(level, name) for name, level in levels.items() if is_number(level)]
    return [name for _, name in sorted(ranked)]


def _numbers(tree: Any) -> Iterator[float]:  # noqa: ANN401
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _numbers(value)
    elif is_number(tree):
        yield tree


def _leaves(place: str, tree: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in items:
        path = f"{place}.{name}" if place else str(name)
        if isinstance(value, dict | list) and value:
            yield from _leaves(path, value)
        else:
            yield path, value


def _put(document: Any, path: str, value: Any) -> bool:  # noqa: ANN401
    *way, last = path.split(".")
    holder = find(document, ".".join(way)) if way else document
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        holder[int(last)] = value
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        return False
    return True


def _tell(document: Any, path: str, value: Any) -> FactChange:  # noqa: ANN401
    was = find(document, path)
    if path == _LATE_REVIEWS:
        sentence = (
            f"`{path}` is {was}; each late review of an earlier emergency search of this person would have to be done"
        )
    elif is_number(value) and is_number(was) and value < was:
        sentence = f"`{path}` is {was}; it would have to be at most {value}{_as_date(document, path, value)}"
    elif path == "facts.approvals":
        scope = value[-1]["scope"]
        needed = f", which the purpose `{find(document, _PURPOSE)}` needs" if scope == "other_purpose" else ""
        sentence = f"an approval of scope `{scope}` by another, active supervisor, for this case, in force{needed}"
    else:
        sentence = f"`{path}` is {json.dumps(was)}; it would have to be {json.dumps(value)}"
    return FactChange(path=path, was=was, becomes=value, sentence=sentence)


def _as_date(document: Any, path: str, days: float) -> str:  # noqa: ANN401
    """An age in days as the day that it means."""
    words = next((words for part, words in _AGES.items() if part in path and path.endswith(".age_days")), None)
    try:
        day = date.fromisoformat(str(find(document, "request.time"))[:10]) - timedelta(days=days)
    except ValueError:
        return ""
    return f" ({words} {day.isoformat()})" if words else ""
