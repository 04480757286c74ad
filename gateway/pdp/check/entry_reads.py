"""What the rules read of each table: followed through names, rows, rules and functions, in the engine's own syntax trees.

A place is a path below `tables`, as `("purposes", "*", "components")`; `*` stands for whatever a request, or a loop, names.
What cannot be followed counts as read with all that is in it, so that nothing is told as unread that a rule may read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.pdp.check.engine_trees import Term, list_indexes, list_terms, name_path
from gateway.pdp.embedded import parse_rules

Place: TypeAlias = tuple[str, ...]
ANY = "*"
_DEEPEST = 6
LOOKED_AT = frozenset(
    {"is_object", "is_array", "is_set", "is_string", "is_number", "is_boolean", "is_null", "type_name"}
)
"""Built-ins that say what kind of value there is, and nothing of what is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReads:
    """The places that rules read: `some` are looked at, `whole` are used with all that is in them."""

    some: frozenset[Place]
    whole: frozenset[Place]

    def touches(self, place: Place) -> bool:
        """Whether a rule reads this very place, or anything in it."""
        reached = any(len(read) >= len(place) and _fits(read, place) for read in self.some | self.whole)
        return reached or self.takes(place)

    def takes(self, place: Place) -> bool:
        """Whether a rule uses it with everything in it."""
        return any(len(read) <= len(place) and _fits(read, place) for read in self.whole)


def read_entries(rules: Iterable[str]) -> EntryReads | None:
    """What these files of rules read of the tables; None where the engine cannot read one of them, which is told by others."""
    trees = parse_rules(rules)
    if trees is None:
        return None
    flow = _Flow()
    files = [_File(flow, number, tree) for number, tree in enumerate(trees)]
    for file in files:
        file.list_functions()
    known = -1
    while known != (known := flow.size):  # until nothing more is found to lead anywhere
        for file in files:
            file.follow()
    return EntryReads(some=frozenset(flow.some), whole=frozenset(flow.whole))


def _fits(one: Place, other: Place) -> bool:
    return all(a == b or ANY in (a, b) for a, b in zip(one, other, strict=False))


class _Flow:
    """Where the tables go to, over all files: by the name of a rule, or of a variable in one."""

    def __init__(self) -> None:
        self.some: set[Place] = set()
        self.whole: set[Place] = set()
        self.held: dict[str, set[Place]] = {}
        self.parameters: dict[str, list[tuple[str, ...]]] = {}

    @property
    def size(self) -> int:
        return len(self.some) + len(self.whole) + sum(map(len, self.held.values()))

    def hold(self, name: str, places: Iterable[Place]) -> None:
        self.held.setdefault(name, set()).update(places)

    def escape(self, places: Iterable[Place]) -> None:
        self.whole.update(places)


class _File:
    """One file, followed with what is known so far, as often as more is."""

    def __init__(self, flow: _Flow, number: int, tree: Term) -> None:
        self._flow, self._text = flow, tree["source"]["contents"].encode()
        self._rules: list[Term] = tree["ast"]["rules"]
        self._package = ".".join(["data", *name_path(tree["ast"]["package"]["refr"])])
        self._imported = {}
        for entry in tree["ast"]["imports"]:
            path = name_path(entry["refr"])
            alias = self._word(entry["as"]) if entry.get("as") else path[-1]
            self._imported[alias] = path
        self._number, self._scope = number, ""

    def list_functions(self) -> None:
        for index, rule in enumerate(self._rules):
            head = rule.get("Spec", {}).get("head", {}).get("Func")
            if head is not None:
                scope, name = f"{self._number}:{index}:", ".".join([self._package, *name_path(head["refr"])])
                names = tuple(scope + one["Var"]["value"] if "Var" in one else "" for one in head["args"])
                self._flow.parameters.setdefault(name, []).append(names)

    def follow(self) -> None:
        for index, rule in enumerate(self._rules):
            self._scope = f"{self._number}:{index}:"
            if "Spec" in rule:
                self._rule(rule["Spec"])
            else:
                self._escape(rule["Default"]["value"])

    def _rule(self, spec: Term) -> None:
        (head,) = spec["head"].values()
        name = f"{self._package}.{name_path(head['refr'])[0]}"
        self._escape_all(list(list_indexes(head["refr"])))
        for body in spec["bodies"]:
            self._statements(body["query"])
        if head.get("key") is not None:
            self._escape(head["key"])
        for value in [head.get("assign"), *(body["assign"] for body in spec["bodies"])]:
            if value is not None:
                self._give(name, value["value"], plain="Var" in head["refr"])

    def _give(self, name: str, value: Term, *, plain: bool) -> None:
        places = self._value(value)
        if plain:
            self._flow.hold(name, places)
        else:
            self._flow.escape(places)

    def _statements(self, query: Term) -> None:
        for statement in query["stmts"]:
            for change in statement.get("with_mods") or ():
                self._escape(change["as"])
            ((kind, literal),) = statement["literal"].items()
            if kind == "SomeIn":
                self._loop(self._variable(literal["value"]), literal["collection"], literal["value"])
            elif kind == "Every":
                self._loop(self._scope + self._word(literal["value"]), literal["domain"], None)
                self._statements(literal["query"])
            elif kind in {"Expr", "NotExpr"}:
                self._value(literal["expr"])

    def _loop(self, variable: str | None, collection: Term, pattern: Term | None) -> None:
        """Each value of a collection by a name of its own."""
        inner = self._read(_step(self._value(collection), ANY))
        if variable is not None:
            self._flow.hold(variable, inner)
        else:
            self._flow.escape(inner)
            self._escape_all(pattern)

    def _value(self, term: Term) -> set[Place]:
        """The places that a term may be, each noted as looked at."""
        ((kind, node),) = term.items()
        if kind in {"Var", "RefDot", "RefBrack"}:
            return self._read(self._reference(term))
        if kind == "AssignExpr":
            return self._assign(node["lhs"], node["rhs"], declares=node["op"] == "ColEq")
        if kind == "Call":
            return self._call(node)
        if kind == "Membership":
            self._flow.escape(_step(self._value(node["collection"]), ANY))
            self._escape_all([node["key"], node["value"]])
            return set()
        if kind.endswith("Compr"):
            self._statements(node["query"])
            self._escape_all([part for name, part in node.items() if name != "query"])
            return set()
        self._escape_all(node)
        return set()

    def _assign(self, left: Term, right: Term, *, declares: bool) -> set[Place]:
        """A name for what stands on the other side, with `=` on either; without a name both are compared."""
        sides = [(left, right)] if declares else [(left, right), (right, left)]
        named = [(self._variable(name), value) for name, value in sides if "Var" in name]
        for variable, value in named:
            self._flow.hold(variable or "", self._value(value))
        if not named:
            self._escape_all([left, right])
        return set()

    def _call(self, node: Term) -> set[Place]:
        name, given = ".".join(name_path(node["fcn"])), node["params"]
        if name == "object.get":
            self._escape_all(given[2:])
            return self._read(self._step_by(self._value(given[0]), given[1]))
        if name == "object.keys":
            return self._read(_step(self._value(given[0]), ANY)) and set()
        if name in LOOKED_AT:
            for one in given:
                self._value(one)
            return set()
        rule = self._rule_name(name.split("."))
        if rule not in self._flow.parameters:
            self._escape_all(given)
            return set()
        for names in self._flow.parameters[rule]:
            for variable, one in zip(names, given, strict=False):
                if variable:
                    self._flow.hold(variable, self._value(one))
                else:
                    self._escape(one)
        return set(self._flow.held.get(rule, ()))

    def _step_by(self, places: set[Place], key: Term) -> set[Place]:
        """Below places by a key, or by a path of keys as `object.get` takes it."""
        for step in key["Array"]["items"] if "Array" in key else [key]:
            places = _step(places, self._key(step))
        return places

    def _reference(self, term: Term) -> set[Place]:
        root, steps = self._unfold(term)
        if root is None:
            return set()
        path = [*self._imported.get(root, [root])] if not self._flow.held.get(self._scope + root) else [root]
        path += steps
        if path[:2] == ["data", "tables"]:
            return {tuple(path[2:][:_DEEPEST])}
        if path[0] == "data":
            return {()} if len(path) == 1 or path[1] == ANY else self._of_rule(path)
        if path[0] == "input":
            return set()
        places = self._flow.held.get(self._scope + root, set()) | self._flow.held.get(f"{self._package}.{root}", set())
        return self._below(places, path[1:])

    def _of_rule(self, path: list[str]) -> set[Place]:
        """What rules of a package hold that are meant by a path, and the path below them; all of it where a whole package is."""
        found: set[Place] = set()
        for name, held in [*self._flow.held.items()]:
            parts = tuple(name.split("."))
            if parts[0] == "data" and _fits(parts, tuple(path)):
                found |= self._below(held, path[len(parts) :])
                self._flow.escape(held if len(path) < len(parts) else ())
        return found

    def _below(self, places: Iterable[Place], steps: Sequence[str]) -> set[Place]:
        return {(*place, *steps)[:_DEEPEST] for place in places}

    def _unfold(self, term: Term) -> tuple[str | None, list[str]]:
        """A reference's root and the steps below it; no root where that is no name, as of a call."""
        ((kind, node),) = term.items()
        if kind == "Var":
            return str(node["value"]), []
        if kind == "RefDot":
            root, steps = self._unfold(node["refr"])
            return root, [*steps, str(node["field"][1])]
        if kind == "RefBrack":
            root, steps = self._unfold(node["refr"])
            return root, [*steps, self._key(node["index"])]
        self._escape(term)
        return None, []

    def _key(self, term: Term) -> str:
        if "String" in term:
            return str(term["String"]["value"])
        self._escape_all(term)
        return ANY

    def _variable(self, term: Term) -> str | None:
        return self._scope + term["Var"]["value"] if "Var" in term else None

    def _rule_name(self, path: list[str]) -> str:
        root = self._imported.get(path[0])
        if root is not None:
            return ".".join([*root, *path[1:]])
        return ".".join(path) if path[0] == "data" else ".".join([self._package, *path])

    def _read(self, places: set[Place]) -> set[Place]:
        self._flow.some.update(places)
        return places

    def _escape(self, term: Term) -> None:
        self._flow.escape(self._value(term))

    def _escape_all(self, node: object) -> None:
        """Every term in a part of the tree that is not followed: used whole."""
        for term in list_terms(node):
            self._escape(term)

    def _word(self, span: Term) -> str:
        return str(self._text[span["start"] : span["end"]], "utf-8")


def _step(places: Iterable[Place], step: str) -> set[Place]:
    return {(*place, step)[:_DEEPEST] for place in places}
