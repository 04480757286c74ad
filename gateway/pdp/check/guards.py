"""Where a policy compares or counts something of a type nobody has made sure of.

The engines order values of different types (`null < 365` is true, and so is `10 < "9"`), and go on as if undefined where
a built-in gets the wrong type. So each such value is checked first, in the same body.
"""

import json
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeAlias

from gateway.pdp.check.source import Call, Node, calls, line_of, nodes, ref_name

TYPE_CHECKS = frozenset({"is_number", "is_string", "is_boolean", "is_array", "is_set", "is_object", "is_null"})
_NUMBER, _TEXT = frozenset({"is_number"}), frozenset({"is_string"})
GUARDS = {
    **dict.fromkeys(("lt", "lte", "gt", "gte", "plus", "minus", "mul", "min", "max", "sum"), _NUMBER),
    **dict.fromkeys(("startswith", "endswith", "contains"), _TEXT),
    "sprintf": _TEXT | _NUMBER,
    "count": frozenset({"is_array", "is_set", "is_object"}),
    "array.concat": frozenset({"is_array"}),
}
"""The calls that want values of one type, and what makes sure of it."""
_COMPREHENSIONS = {"arraycomprehension", "setcomprehension", "objectcomprehension"}
_NUMBERS_OF = {"min", "max", "sum", "sprintf"}

_Known: TypeAlias = frozenset[tuple[str, str]]
_IsTyped: TypeAlias = Callable[[Node], bool]


def find_unguarded(rule: Node, is_typed: _IsTyped) -> Iterator[tuple[Call, Node]]:
    """Each call in a rule with an argument of unknown type; `is_typed` says which terms answer for their own type."""
    known = yield from _body(rule["body"], frozenset(), is_typed)
    yield from _calls_in(rule["head"], known, is_typed)
    if "else" in rule:
        yield from find_unguarded(rule["else"], is_typed)


def passes_on(rule: Node) -> bool:
    """Whether a rule's value is just what it read somewhere, with its type not looked at."""
    value = rule["head"].get("value", {})
    checks = (checked for call in calls(rule["body"]) for checked in _find_checked(call))
    return value.get("type") in {"var", "ref"} and all(_key(value) != key for _, key in checks)


def _body(expressions: list[Node], known: _Known, is_typed: _IsTyped) -> Generator[tuple[Call, Node], None, _Known]:
    """Yields what is unguarded in a body; its value is what is known of types after the body."""
    for expression in expressions:
        yield from _calls_in(expression, known, is_typed)
        if not expression.get("negated"):
            known |= _guards_of(expression)
    return known


def _guards_of(expression: Node) -> _Known:
    """What a bare `is_number(x)` makes known."""
    terms = expression.get("terms")
    if not isinstance(terms, list) or len(terms) < 2:  # noqa: PLR2004 - a call has a name and an argument
        return frozenset()
    return frozenset(_find_checked(Call(name=ref_name(terms[0]), arguments=tuple(terms[1:]), line=line_of(expression))))


def _find_checked(call: Call) -> Iterator[tuple[str, str]]:
    if call.name in TYPE_CHECKS:
        yield call.name, _key(call.arguments[0])


def _calls_in(tree: Node, known: _Known, is_typed: _IsTyped) -> Iterator[tuple[Call, Node]]:
    """The unguarded calls in an expression, going into nested bodies with what these make known themselves."""
    inner = [node for node in nodes(tree) if isinstance(node.get("body"), list)]
    for node in inner:
        after = yield from _body(node["body"], known, is_typed)
        for part in ("term", "key", "value"):
            if isinstance(node.get(part), dict):
                yield from _calls_in(node[part], after, is_typed)
    nested = {id(node) for scope in inner for node in nodes(scope)}
    for call in _own_calls(tree, nested):
        for argument in call.arguments:
            for term in _open_terms(argument, call.name, known):
                if not is_typed(term) and not any((check, _key(term)) in known for check in GUARDS[call.name]):
                    yield call, term


def _own_calls(tree: Node, nested: set[int]) -> Iterator[Call]:
    for node in nodes(tree):
        if id(node) in nested:
            continue
        terms = node.get("value") if node.get("type") == "call" else node.get("terms")
        if isinstance(terms, list) and terms and ref_name(terms[0]) in GUARDS:
            yield Call(name=ref_name(terms[0]), arguments=tuple(terms[1:]), line=line_of(node))


def _open_terms(argument: Node, name: str, known: _Known) -> Iterator[Node]:
    """The variables and references in an argument whose type the call depends on."""
    if argument["type"] in {"var", "ref"}:
        yield argument
    elif argument["type"] == "array" and name in _NUMBERS_OF:
        for element in argument["value"]:
            yield from _open_terms(element, name, known)
    elif argument["type"] in _COMPREHENSIONS and name in _NUMBERS_OF:
        made_sure = {key for expression in argument["value"]["body"] for _, key in _guards_of(expression)}
        term = argument["value"].get("term", argument["value"].get("value"))
        if _key(term) not in made_sure:
            yield from _open_terms(term, name, known)


def _key(term: Node) -> str:
    """One text for one term, wherever it stands."""
    return json.dumps(_placeless(term), sort_keys=True)


def _placeless(tree: Any) -> Any:  # noqa: ANN401 - any part of a syntax tree
    if isinstance(tree, dict):
        return {key: _placeless(child) for key, child in tree.items() if key != "location"}
    return [_placeless(child) for child in tree] if isinstance(tree, list) else tree
