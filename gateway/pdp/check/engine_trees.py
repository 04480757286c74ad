"""The engine's own syntax trees of Rego, which need no OPA: each term is a mapping of one kind to what belongs to it."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Term: TypeAlias = Mapping[str, Any]
"""As `{"Var": {"value": "row"}}`, or `{"RefDot": {"refr": …, "field": …}}`."""

_FOLLOWED = frozenset(
    {"Var", "RefDot", "RefBrack", "Call", "AssignExpr", "Membership", "ArrayCompr", "SetCompr", "ObjectCompr"}
)


def list_terms(node: object) -> Iterator[Term]:
    """The outermost terms in a part of a tree that can be followed."""
    if isinstance(node, dict):
        if len(node) == 1 and next(iter(node)) in _FOLLOWED:
            yield node
            return
        for child in node.values():
            yield from list_terms(child)
    elif isinstance(node, list):
        for child in node:
            yield from list_terms(child)


def name_path(term: Term) -> list[str]:
    """A reference of names alone, as a package's or a function's; up to the first step that is none."""
    ((kind, node),) = term.items()
    if kind == "Var":
        return [str(node["value"])]
    if kind not in {"RefDot", "RefBrack"}:
        return [""]
    step = str(node["field"][1]) if kind == "RefDot" else str(node["index"].get("String", {}).get("value", ""))
    return [*name_path(node["refr"]), step]


def list_indexes(term: Term) -> Iterator[Term]:
    """What stands in the brackets of a reference."""
    ((kind, node),) = term.items()
    if kind == "RefBrack":
        yield node["index"]
    if kind in {"RefDot", "RefBrack"}:
        yield from list_indexes(node["refr"])
