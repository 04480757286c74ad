"""The part of Rego on which the embedded engine and OPA agree; a policy that leaves it is not accepted.

Outside of it the two engines were seen to differ, mostly where a fact is missing or of the wrong type, and sometimes
so that a denial silently does not happen. So each construct is allowed by name, and all others are refused.
"""

import re
from collections.abc import Iterator, Sequence

from gateway.pdp.check.guards import GUARDS, TYPE_CHECKS, find_unguarded, passes_on
from gateway.pdp.check.source import (
    Node,
    PolicyFinding,
    RegoSource,
    calls,
    line_of,
    nodes,
    ref_name,
    rule_name,
    suggest,
)

_LARGEST = 2**53
_NEGATED = "`not` may only stand before the plain name of a rule of the same topic."
_ALLOWED = {*GUARDS, *TYPE_CHECKS, "assign", "equal", "neq", "and", "or", "internal.member_2", "internal.member_3"}
OUTSIDE = ("http", "net", "time", "rand", "uuid", "opa", "rego", "crypto", "io", "graphql", "trace", "print")
"""First names of built-ins that look at clock, network, chance or the machine."""


def subset_findings(sources: Sequence[RegoSource]) -> Iterator[PolicyFinding]:
    """Whatever in these files, which must be a whole policy, is outside the common language."""
    for source in sources:
        rules = [rule for other in sources if other.package == source.package for rule in other.rules]
        check = _Check(source, rules)
        yield from check.imports()
        yield from check.negations()
        yield from check.calls()
        yield from check.constructs()
        yield from check.names()
        yield from check.guards()


class _Check:
    """One file, beside all the rules of its package."""

    def __init__(self, source: RegoSource, package_rules: list[Node]) -> None:
        self._source = source
        self._functions = {rule_name(rule) for rule in package_rules if "args" in rule["head"]}
        self._values = {rule_name(rule) for rule in package_rules} - self._functions
        self._untyped = {rule_name(rule) for rule in package_rules if passes_on(rule)}

    def imports(self) -> Iterator[PolicyFinding]:
        for entry in self._source.tree.get("imports", []):
            if not ref_name(entry["path"]).startswith("data."):
                yield self._report(line_of(entry), "import", "Only other topics (`data.…`) may be imported.")

    def negations(self) -> Iterator[PolicyFinding]:
        for node in nodes(self._source.rules):
            term = node.get("terms")
            bare = isinstance(term, dict) and term.get("type") == "var" and term.get("value") in self._values
            if node.get("negated") and not bare:
                yield self._report(line_of(node), "negation", self._tell_negation(term))

    def _tell_negation(self, term: Node | list[Node] | None) -> str:
        """What is wrong with what stands behind a `not`: of a name that nobody knows, that it may be misspelt."""
        name = str(term.get("value")) if isinstance(term, dict) and term.get("type") == "var" else None
        if name is None or name in self._functions:
            return _NEGATED
        return f"`{name}` is no rule of this topic: is it misspelt?{suggest(name, self._values)} {_NEGATED}"

    def calls(self) -> Iterator[PolicyFinding]:
        own = self._functions | self._source.aliases | {"data"}
        for call in calls(self._source.rules):
            first = call.name.split(".")[0]
            if call.name in _ALLOWED or first in own:
                continue
            sentence = f"`{call.name}` is not in the language that both engines judge alike."
            if call.name == "eq":
                sentence = "`=` may mean two things: write `==` to compare, and `:=` to give a name."
            if first in OUTSIDE:
                sentence = f"`{call.name}` looks outside: a decision must depend on the input and the tables only."
            yield self._report(call.line, "builtin", sentence)

    def constructs(self) -> Iterator[PolicyFinding]:
        for node in nodes(self._source.rules):
            if node.get("type") == "templatestring":
                yield self._report(
                    line_of(node), "interpolation", "Text with values filled in is written by `sprintf`."
                )
            if "with" in node:
                yield self._report(line_of(node), "with", "`with` belongs into tests: a rule judges the real input.")
            if node.get("type") == "number" and abs(node["value"]) > _LARGEST:
                yield self._report(line_of(node), "number", "Numbers beyond 2^53 are not exact.")
        for call in calls(self._source.rules):
            if call.name == "sprintf" and not _is_plain_format(call.arguments[0]):
                sentence = "`sprintf` takes a literal text with only %s, %v and %d, and a list of values."
                yield self._report(call.line, "sprintf", sentence)

    def names(self) -> Iterator[PolicyFinding]:
        taken = self._functions | self._values | self._source.aliases
        for rule in self._source.rules:
            for name in sorted(_locals(rule) & taken):
                sentence = f"`{name}` is the name of a rule or topic; a local name must be another."
                yield self._report(line_of(rule), "shadowing", sentence)

    def guards(self) -> Iterator[PolicyFinding]:
        for rule in self._source.rules:
            for call, term in find_unguarded(rule, self._is_typed):
                checks = " or ".join(f"`{check}`" for check in sorted(GUARDS[call.name]))
                sentence = f"Say {checks} of `{ref_name(term)}` before: of the wrong type, it passes here unnoticed."
                yield self._report(call.line, "guard", sentence)

    def _is_typed(self, term: Node) -> bool:
        """Whether the term is another rule's value, which answers for its own type."""
        root = ref_name(term).split(".")[0]
        if term["type"] == "var":
            return root in self._values - self._untyped
        return root in self._source.aliases | self._values or ref_name(term).startswith("data.lpr.")

    def _report(self, line: int, rule: str, sentence: str) -> PolicyFinding:
        return PolicyFinding(file=self._source.path, line=line, rule=rule, sentence=sentence)


def _is_plain_format(term: Node) -> bool:
    return term["type"] == "string" and re.fullmatch(r"(?:[^%]|%[svd])*", term["value"]) is not None


def _locals(rule: Node) -> set[str]:
    """The names that a rule binds for itself."""
    bound: list[object] = [rule["head"].get("args", [])]
    bound += [call.arguments[0] for call in calls(rule) if call.name == "assign"]
    for node in nodes(rule):
        bound += [call.arguments[:-1] for symbol in node.get("symbols", []) for call in calls(symbol)]
        bound += [symbol for symbol in node.get("symbols", []) if symbol["type"] == "var"]
        if "domain" in node:
            bound += [node.get("key"), node["value"]]
    return {name for part in bound for name in _variables(part)}


def _variables(pattern: object) -> set[str]:
    """The variables in a pattern, as `[x, y]`."""
    parts = list(pattern) if isinstance(pattern, tuple) else pattern
    return {str(node["value"]) for node in nodes(parts) if node.get("type") == "var"}
