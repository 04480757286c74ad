"""What an allow must carry where its sentence does not say otherwise, as `_base.yaml` beside the sentences says it once.

`obligations` there is no part of the request. `usual` holds the conditions of every operation; under an operation's own
name stand all of that one's, where they differ. A sentence that says its own may begin them with `usual`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import yaml

from gateway.canonical import canonical_bytes
from gateway.pdp.check.source import suggest
from gateway.pdp.input_shape import find_unknown
from gateway.strict import parse_yaml

Obligation: TypeAlias = Mapping[str, Any]
"""As much of an obligation as matters: its id, and what it should hold."""
USUAL_OBLIGATIONS = ("window", "age", "target", "links", "limit")
"""Those of the shipped rules, where `_base.yaml` says none."""
_USUAL, _MEMBER = "usual", "obligations"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBase:
    """What all sentences begin from: the request as JSON, and the usual conditions with their line (0: said nowhere)."""

    request: bytes = field(repr=False)
    obligations: Mapping[str, tuple[Obligation, ...]]
    line: int

    def expand(self, operation: object, said: Sequence[str | Obligation]) -> tuple[Obligation, ...]:
        """A sentence's conditions, with the usual ones of its operation in the place of `usual`.

        What the sentence says of one that is usual takes that one's place; whatever else it says comes after.
        """
        whole = [_write_whole(item) for item in said]
        if _USUAL not in said:
            return tuple(whole)
        usual = self.obligations.get(str(operation), self.obligations[_USUAL])
        own = {item["id"]: item for item in whole if item["id"] != _USUAL}
        return (*(own.pop(item["id"], item) for item in usual), *own.values())

    def find_unused(self, operations: Collection[str]) -> list[str]:
        """The names that conditions are said of, which are none of these operations'."""
        return sorted(self.obligations.keys() - {_USUAL, *operations})


@lru_cache(maxsize=4)
def read_base(text: str) -> CaseBase:
    """What `_base.yaml` says.

    Raises:
        ValueError: it has a member that no request has, or its `obligations` are no lists by operation.
    """
    document = parse_yaml(text)
    said = document.pop(_MEMBER, {}) if isinstance(document, dict) else {}
    if isinstance(document, dict) and (mistake := _find_strange(document, said, text)):
        raise ValueError(f"_base.yaml: {mistake}")
    if not isinstance(said, dict) or not all(isinstance(conditions, list) for conditions in said.values()):
        raise ValueError("_base.yaml: `obligations` must hold a list for `usual`, and for each operation that differs")
    lists = {_USUAL: USUAL_OBLIGATIONS, **said}
    lines = (number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"{_MEMBER}:"))
    return CaseBase(
        request=canonical_bytes(document),
        obligations={name: tuple(map(_write_whole, conditions)) for name, conditions in lists.items()},
        line=next(lines, 0),
    )


def _find_strange(document: Mapping[str, Any], said: object, text: str) -> str | None:
    """What is wrong with a name in it that nothing reads: what stands below it would count for nothing, without a word."""
    for name in map(str, document):
        if unknown := find_unknown([name]):
            meant = suggest(name, [*unknown[2], _MEMBER])
            return f"line {_find_line(text, name)}: no request has `{name}`.{meant}"
    for name in map(str, said) if isinstance(said, dict) else ():
        if name != _USUAL and "." not in name:
            meant = suggest(name, [_USUAL])
            return f"line {_find_line(text, name)}: `{name}` is neither `{_USUAL}` nor an operation, as `plate.page`.{meant}"
    return None


def _find_line(text: str, name: str) -> int:
    lines = (number for number, line in enumerate(text.splitlines(), 1) if line.strip().startswith(f"{name}:"))
    return next(lines, 1)


def tell_where_usual(operation: str, given: Sequence[Obligation], wanted: Sequence[Obligation]) -> str:
    """What to write into `_base.yaml` so that what the policy gives is what is usual for this operation."""
    usual = {item["id"]: item for item in wanted}
    kept = [_shorten(usual[item["id"]]) if item["id"] in usual else _shorten(item) for item in given]
    return f"`{_MEMBER}: {{{operation}: [{', '.join(kept)}]}}`"


def tell_own(given: Sequence[Obligation], wanted: Sequence[Obligation]) -> str:
    """What a sentence of its own says so that what the policy gives is what it expects."""
    usual, names = {item["id"]: item for item in wanted}, [item["id"] for item in given]
    if not usual.keys() <= set(names):
        return f"`{_MEMBER}: [{', '.join(names)}]`"
    own = [_shorten(item) for item in given if item["id"] not in usual]
    return f"`{_MEMBER}: [{', '.join([_USUAL, *own])}]`"


def _write_whole(item: str | Obligation) -> Obligation:
    return {"id": item} if isinstance(item, str) else item


def _shorten(item: Obligation) -> str:
    members = {name: value for name, value in item.items() if name != "type"}
    if len(members) == 1:
        return str(item["id"])
    return yaml.safe_dump(members, default_flow_style=True, sort_keys=False, width=10_000).strip()
