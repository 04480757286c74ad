"""A usual request, as the tables of a policy want it: whoever tries a policy out begins from one that it allows.

An agency's components, terms of use, look-backs and ceilings are its own. A request by the shipped tables would be denied
by them, and whatever is tried from it with it, so that nothing were tried at all.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

from gateway.model import EMERGENCY, Json, find_member, find_number, is_number

_TEXT = (files("gateway.pdp.check") / "sample_input.json").read_bytes()
SAMPLE: Any = orjson.loads(_TEXT)
"""An exact search that the shipped policy allows."""
_ROLE = "officer"
_METHODS = ("key", "token", "certificate")
_AT_MOST: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("policy", "age_days"), ("policy", "max_age_days")),
    (("facts", "age_hours"), ("policy", "facts_max_age_hours")),
    (("facts", "training", "lpr", "age_days"), ("training", "max_age_days")),
    *(
        (("facts", "usage", *holder, f"queries_{spell}"), ("usage", f"{name}{table}_ceiling"))
        for holder, name in (((), ""), (("office",), "office_"), (("vendor",), "vendor_"))
        for spell, table in (("1h", "hourly"), ("24h", "daily"))
    ),
)
"""Numbers of the request, and the table's that they must not be above."""


def make_sample(tables: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """The sample anew, to be changed, fitted to these tables; where they are not in their form it stays as shipped."""
    document = orjson.loads(_TEXT)
    for way, number in _AT_MOST:
        _lower(document, way, find_number(tables, *number, "value"))
    _fit_training(document, tables)
    fit_operation(document, tables, "exact")
    purposes = [purpose for purpose in list_purposes(tables) if not asks_for_approval(tables, purpose)]
    if purposes:
        fit_purpose(document, tables, _choose(document["query"]["purpose"], [*purposes]))
    fit_sign_in(document, tables)
    return document


def list_purposes(tables: Mapping[str, Any]) -> list[str]:
    """The purposes that the table gives components and kinds of case, emergencies aside."""
    listed = tables.get("purposes")
    names = sorted(listed) if isinstance(listed, dict) else []
    return [name for name in names if name != EMERGENCY and _first(tables, "purposes", name, "components") is not None]


def list_components(tables: Mapping[str, Any]) -> list[str]:
    """Every component that some purpose is for."""
    lists = (find_member(tables, "purposes", name, "components") for name in list_purposes(tables))
    return sorted({str(one) for listed in lists if isinstance(listed, list) for one in listed})


def asks_for_approval(tables: Mapping[str, Any], purpose: str) -> bool:
    """Whether searches for this purpose are approved, each."""
    return find_member(tables, "purposes", purpose, "needs_approval") is True


def fit_purpose(document: Any, tables: Mapping[str, Any], purpose: str) -> None:  # noqa: ANN401
    """Search for this purpose: by somebody who may, in a case that may be searched for it, no further back than that."""
    document["query"]["purpose"] = purpose
    document["subject"]["component"] = _choose(
        document["subject"]["component"], find_member(tables, "purposes", purpose, "components")
    )
    case = document["facts"]["case"]
    case["kind"] = _choose(case["kind"], find_member(tables, "purposes", purpose, "case_kinds"))
    criminal = case["kind"] == "criminal"
    table = "criminal_lookback_days_at_most" if criminal else "civil_lookback_days"
    case["lookback_days"] = case["lookback_days"] if criminal else None
    if purpose != EMERGENCY:
        fit_window(document, find_number(tables, "retention", table, "value"))


def fit_window(document: Any, most_days: float | None) -> None:  # noqa: ANN401
    """Look back no further than so many days."""
    window = document["query"]["window"]
    _lower(window, ("lookback_days",), most_days)
    window["span_days"] = min(window["span_days"], window["lookback_days"])


def fit_operation(document: Any, tables: Mapping[str, Any], match: str) -> None:  # noqa: ANN401
    """Search in an operation that takes plates of this kind, as somebody who may."""
    for name in _list_operations(tables, document["operation"]["name"]):
        taken = find_member(tables, "operations", name, "matches")
        if isinstance(taken, list) and match in taken:
            document["operation"]["name"] = name
            _fit_role(document, find_member(tables, "operations", name, "roles"))
            break
    document["query"]["plate"]["match"] = match
    fewest = find_number(tables, "approvals", "partial_plate_fixed_characters", "value")
    plate = document["query"]["plate"]
    plate["fixed_characters"] = max(plate["fixed_characters"], int(fewest or 0))


def fit_emergency(document: Any, tables: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Claim an emergency of the table."""
    fit_purpose(document, tables, EMERGENCY)
    operations = find_member(tables, "emergencies", "operations")
    document["operation"]["name"] = _choose(document["operation"]["name"], operations)
    claiming = find_member(tables, "emergencies", "roles")
    searching = find_member(tables, "operations", document["operation"]["name"], "roles")
    if isinstance(claiming, list) and isinstance(searching, list):
        _fit_role(document, [role for role in claiming if role in searching])
    document["query"]["circumstance"] = _first(tables, "emergencies", "circumstances") or "life_in_danger"
    document["query"]["window"]["lookback_days"] = 2
    fit_window(document, find_number(tables, "emergencies", "lookback_days", "value"))
    document["facts"]["reviews"] = {"emergencies_24h": 0, "overdue": 0}
    fit_sign_in(document, tables)


def fit_sign_in(document: Any, tables: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Sign in as surely as the operation asks."""
    least = find_number(tables, "assurance", "operations", document["operation"]["name"])
    if least is None:
        return
    for method in _METHODS:
        worth = find_number(tables, "assurance", "methods", method)
        if worth is not None and worth >= least:
            document["actor"] |= {"method": method, "assurance": None}
            return
    classes = find_member(tables, "assurance", "classes")
    for name, level in classes.items() if isinstance(classes, dict) else ():
        if is_number(level) and level >= least:
            stated = {"acr": name, "amr": None, "auth_age_minutes": 0}
            document["actor"] |= {"method": "oidc", "assurance": stated}
            return


def _fit_training(document: Any, tables: Mapping[str, Any]) -> None:  # noqa: ANN401
    course, terms = (
        find_member(tables, "training", name, "value") for name in ("version", "rules_of_behavior_version")
    )
    if isinstance(course, str) and course != "any":
        document["facts"]["training"]["lpr"]["version"] = course
    if isinstance(terms, str):
        document["facts"]["acknowledgement"]["version"] = terms


def _fit_role(document: Any, roles: Json) -> None:  # noqa: ANN401
    document["subject"]["roles"] = [_choose(_ROLE, roles)]


def _list_operations(tables: Mapping[str, Any], usual: str) -> Iterator[str]:
    """The usual one first."""
    listed = tables.get("operations")
    yield from sorted(listed, key=lambda name: (name != usual, name)) if isinstance(listed, dict) else ()


def _choose(usual: str, listed: Json) -> Any:  # noqa: ANN401
    """The usual one where it is listed, else the first that is; the usual one too where nothing is."""
    return usual if not isinstance(listed, list) or usual in listed or not listed else listed[0]


def _first(tables: Mapping[str, Any], *way: str) -> Any:  # noqa: ANN401
    listed = find_member(tables, *way)
    return listed[0] if isinstance(listed, list) and listed else None


def _lower(document: Any, way: tuple[str, ...], most: float | None) -> None:  # noqa: ANN401
    *parents, last = way
    for step in parents:
        document = document[step]
    if most is not None:
        document[last] = min(document[last], most)
