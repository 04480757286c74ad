"""What decides whether a rule gives a code: which of the input it and all that it goes by read, and with what they compare.

Read in the engine's own syntax trees. A name that stands anywhere in these rules counts as read, so that nothing is missed
where a part of the input goes through a variable or a function; what is read too much only costs a few more tries.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from gateway.model import find_member, is_number
from gateway.pdp.check.engine_trees import Term, list_indexes, name_path
from gateway.pdp.check.entry_reads import LOOKED_AT
from gateway.pdp.embedded import parse_rules

Path: TypeAlias = tuple[str, ...]
_Beside: TypeAlias = tuple[frozenset[str], tuple[Any, ...]]
FIRST: Final = "0"
_REFERENCES: Final = ("RefDot", "RefBrack", "Var")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReads:
    """What rules name, what of the input they use as a whole, and the words and numbers beside names: by line, and by rule."""

    names: frozenset[str]
    whole: frozenset[Path]
    by_line: tuple[_Beside, ...]
    by_rule: tuple[_Beside, ...]

    def list_constants(self, name: str) -> list[Any]:
        """What stands beside this name in one line; else in one rule; else what any of these rules compares with."""
        for beside in (self.by_line, self.by_rule):
            near = [one for names, found in beside if name in names for one in found]
            if near:
                return near
        return [one for _, found in self.by_rule for one in found]

    def list_paths(self, usual: Mapping[str, Any]) -> frozenset[str]:
        """The places of this request that are read, by dotted path: of an object that is used whole, everything in it."""
        return frozenset(".".join(path) for path in self._walk(usual, (), whole=False))

    def _walk(self, node: object, path: Path, *, whole: bool) -> Iterator[Path]:
        named = tuple(step for step in path if step != FIRST)
        whole = whole or named in self.whole or (*named, "") in self.whole
        if path:
            yield path
        if isinstance(node, dict):
            for name, inner in node.items():
                if whole or name in self.names:
                    yield from self._walk(inner, (*path, name), whole=whole)
        elif isinstance(node, list) and node and isinstance(node[0], dict):
            yield from self._walk(node[0], (*path, FIRST), whole=whole)


@dataclass(slots=True, kw_only=True)
class _Part:
    """A rule, or a line of one: by what the rule is named, what this refers to, and what else stands in it."""

    name: Path
    lines: list["_Part"] = field(default_factory=list)
    references: set[Path] = field(default_factory=set)
    looked_at: set[Path] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    constants: list[Any] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.texts.union(*self.references, *self.looked_at))


class RuleBook:
    """Every rule of a policy, each of which knows what it refers to."""

    def __init__(self, rules: Iterable[str], tables: Mapping[str, Any]) -> None:
        self._tables = tables
        self._rules = [rule for tree in parse_rules(rules) or () for rule in _list_rules(tree)]

    def list_input_paths(self) -> frozenset[Path]:
        """Every place of the input that any rule refers to, or looks whether it is there; up to a step that only the request says."""
        named = (path for rule in self._rules for path in rule.references | rule.looked_at)
        referred = (path[1:] for path in named if path[0] == "input")
        return frozenset(path[: path.index("")] if "" in path else path for path in referred)

    def find_reads(self, code: str) -> RuleReads:
        """What decides whether this code is given, through every rule that the rules which give it go by."""
        found = [rule for rule in self._rules if code in rule.texts]
        for rule in found:  # grows as it is walked
            known = {id(one) for one in found}
            for reference in rule.references:
                found += [one for one in self._rules if id(one) not in known and _means(reference, one.name)]
                known = {id(one) for one in found}
        return RuleReads(
            names=frozenset().union(*(rule.names for rule in found)),
            whole=frozenset(path[1:] for rule in found for path in rule.references if path[0] == "input"),
            by_line=tuple(self._tell_beside(line) for rule in found for line in rule.lines),
            by_rule=tuple(self._tell_beside(rule) for rule in found),
        )

    def _tell_beside(self, part: _Part) -> _Beside:
        return part.names, (*part.constants, *self._list_numbers(part))

    def _list_numbers(self, part: _Part) -> Iterator[Any]:
        """What the tables say where this reads them by their names."""
        for path in part.references:
            value = find_member(self._tables, *path[2:]) if path[:2] == ("data", "tables") and "" not in path else None
            yield from (one for one in (value if isinstance(value, list) else [value]) if _is_constant(one))


def _is_constant(value: object) -> bool:
    return isinstance(value, str) or is_number(value)


def _means(reference: Path, name: Path) -> bool:
    """Whether a reference is to this rule, to something in it, or to all of what it is in."""
    known = reference[: reference.index("")] if "" in reference else reference
    return all(one == other for one, other in zip(known, name, strict=False))


def _list_rules(tree: Term) -> Iterator[_Part]:
    package = ("data", *name_path(tree["ast"]["package"]["refr"]))
    imported = dict(_list_imports(tree))
    for node in tree["ast"]["rules"]:
        spec = node.get("Spec", {"head": node})
        ((kind, head),) = spec["head"].items()
        rule = _Part(name=(*package, name_path(head["refr"])[0]))
        reader = _Reader(rule, package, imported)
        reader.read([part for name, part in head.items() if name != "refr"])
        reader.read([*list_indexes(head["refr"])])
        if kind == "Set" and "Object" in head["key"]:  # the code, with what is said and advised: compared with nothing
            rule.constants.clear()
        reader.read([spec.get("bodies"), spec.get("value")])
        rule.lines = [*_list_lines(spec.get("bodies") or (), rule.name, reader)]
        yield rule


def _list_lines(bodies: Iterable[Term], name: Path, reader: "_Reader") -> Iterator[_Part]:
    for statement in (statement for body in bodies for statement in body["query"]["stmts"]):
        line = _Part(name=name)
        reader.within(line).read(statement)
        yield line


def _list_imports(tree: Term) -> Iterator[tuple[str, Path]]:
    text = tree["source"]["contents"].encode()
    for entry in tree["ast"]["imports"]:
        path, alias = name_path(entry["refr"]), entry.get("as")
        yield str(text[alias["start"] : alias["end"]], "utf-8") if alias else path[-1], tuple(path)


class _Reader:
    """Takes from a rule's tree what it refers to and compares with."""

    def __init__(self, part: _Part, package: Path, imported: Mapping[str, Path]) -> None:
        self._part, self._package, self._imported = part, package, imported

    def within(self, part: _Part) -> "_Reader":
        """One that takes for this part of the rule."""
        return _Reader(part, self._package, self._imported)

    def read(self, node: object, *, looked_at: bool = False) -> None:
        for inner in node if isinstance(node, list) else ():
            self.read(inner, looked_at=looked_at)
        if not isinstance(node, dict):
            return
        for kind, inner in node.items():
            if kind in _REFERENCES:
                self._refer({kind: inner}, looked_at=looked_at)
            elif kind == "Call":
                self._call(".".join(name_path(inner["fcn"])), inner)
            else:
                self._note(kind, inner)
                self.read(inner)

    def _call(self, name: str, node: Term) -> None:
        self.read(node["fcn"])
        given = node["params"]
        if name == "object.get" and next(iter(given[0])) in _REFERENCES:  # one more way to write a path
            steps = given[1]["Array"]["items"] if "Array" in given[1] else given[1:2]
            below = [str(step["String"]["value"]) if "String" in step else "" for step in steps]
            self._part.references.add((*self._resolve(tuple(name_path(given[0]))), *below))
            given = given[1:]
        self.read(given, looked_at=name in LOOKED_AT)

    def _note(self, kind: str, inner: object) -> None:
        if kind in {"String", "Number"} and isinstance(inner, dict):
            self._part.constants.append(inner["value"])
            if kind == "String":
                self._part.texts.add(inner["value"])

    def _refer(self, term: Term, *, looked_at: bool) -> None:
        path = self._resolve(tuple(name_path(term)))
        (self._part.looked_at if looked_at else self._part.references).add(path)
        self._part.texts.update(_list_steps(term))
        self.read([index for index in list_indexes(term) if "String" not in index])
        root = _find_root(term)
        if "Var" not in root:
            self.read(root)

    def _resolve(self, path: Path) -> Path:
        """By the names that hold everywhere; what is a variable of the rule's own is then a rule that there is not."""
        if path[0] in {"input", "data", ""}:
            return path
        return (*self._imported.get(path[0], (*self._package, path[0])), *path[1:])


def _find_root(term: Term) -> Term:
    ((kind, node),) = term.items()
    return _find_root(node["refr"]) if kind in {"RefDot", "RefBrack"} else term


def _list_steps(term: Term) -> Iterator[str]:
    """Every name in a reference, also behind what is no name."""
    ((kind, node),) = term.items()
    if kind == "RefDot":
        yield str(node["field"][1])
    if kind in {"RefDot", "RefBrack"}:
        yield from (index["String"]["value"] for index in [node.get("index", {})] if "String" in index)
        yield from _list_steps(node["refr"])
