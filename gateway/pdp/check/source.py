"""Rego as OPA's parser sees it: files with their syntax trees, and the few questions the policy check asks of a tree.

Trees are OPA's own JSON (`opa parse --format json`): an expression is a mapping with `terms`, a term one with `type`
and `value`.
"""

import difflib
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from gateway.pdp.opa.process import tell_no_opa

Node: TypeAlias = dict[str, Any]
"""One mapping of OPA's syntax tree."""
OPA_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """Something in a policy to put right: where (`line` 0: the file as a whole), which rule of ours, and why, plainly."""

    file: str
    line: int
    rule: str
    sentence: str

    @property
    def place(self) -> str:
        """Where it is, as it is told."""
        file = self.file or "the policy"
        return f"{file}:{self.line}" if self.line else file


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a built-in or own function, or an operator, under OPA's name for it."""

    name: str
    arguments: tuple[Any, ...] = field(repr=False)
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegoSource:
    """One Rego file that is no test: `path` from the policy folder, `package` as dotted text without `data.`."""

    path: str
    text: str = field(repr=False)
    package: str
    tree: Node = field(repr=False)

    @property
    def rules(self) -> list[Node]:
        """Every rule body, in order; a rule with several bodies is several."""
        rules: list[Node] = self.tree.get("rules", [])
        return rules

    @property
    def aliases(self) -> set[str]:
        """The names that imports bind."""
        imports = self.tree.get("imports", [])
        return {entry.get("alias") or ref_name(entry["path"]).rsplit(".", 1)[-1] for entry in imports}


def suggest(word: str, known: Iterable[str]) -> str:
    """What was probably meant by a word that is none of these, as the end of a sentence; empty where nothing is near."""
    near = difflib.get_close_matches(word, [*known], 1)
    return f" Did you mean `{near[0]}`?" if near else ""


def parse_source(directory: Path, path: str, opa_bin: Path) -> RegoSource | PolicyFinding:
    """The file parsed by OPA, or a finding of what OPA cannot read.

    Raises:
        ConfigurationError: the program is no OPA.
    """
    command = [str(opa_bin), "parse", "--format", "json", "--json-include", "locations", str(directory / path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=OPA_TIMEOUT_S)  # noqa: S603
    if done.returncode and (done.stdout or done.stderr):
        return PolicyFinding(
            file=path, line=_error_line(done.stdout), rule="parse", sentence="OPA cannot read this file."
        )
    try:
        tree: Node = json.loads(done.stdout)
    except ValueError:
        raise tell_no_opa(opa_bin) from None
    package = ".".join(str(part["value"]) for part in tree["package"]["path"][1:])
    return RegoSource(path=path, text=(directory / path).read_text(), package=package, tree=tree)


def nodes(tree: object) -> Iterator[Node]:
    """Every mapping in a tree, outermost first; annotations and positions are no part of the language."""
    if isinstance(tree, dict):
        yield tree
        for key, child in tree.items():
            if key not in {"annotations", "location"}:
                yield from nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from nodes(child)


def calls(tree: object) -> Iterator[Call]:
    """Every call in a tree, of operators too, outermost first."""
    for node in nodes(tree):
        terms = node.get("value") if node.get("type") == "call" else node.get("terms")
        if isinstance(terms, list) and terms:
            yield Call(name=ref_name(terms[0]), arguments=tuple(terms[1:]), line=line_of(node))


def ref_name(term: Node) -> str:
    """A reference as dotted text, as `input.query.plate`; parts that are no plain names become `[…]`."""
    value = term["value"]
    if not isinstance(value, list):
        return str(value)
    return ".".join(str(part["value"]) if part["type"] in {"var", "string"} else "[…]" for part in value)


def line_of(node: Node) -> int:
    """The line a node starts on; 0 where OPA gives none."""
    return int(node.get("location", {}).get("row", 0))


def rule_name(rule: Node) -> str:
    """The name a rule is known by in its package."""
    return str(rule["head"]["ref"][0]["value"])


def _error_line(output: bytes) -> int:
    try:
        return int(json.loads(output)["errors"][0]["location"]["row"])
    except (ValueError, LookupError, TypeError):
        return 0
