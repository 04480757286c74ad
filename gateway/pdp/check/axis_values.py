"""The values that matter at a place of the input: on either side of what the rules compare it with, and nothing at all."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from gateway.model import is_number
from gateway.pdp.check.generated_inputs import list_places
from gateway.pdp.check.rule_reads import RuleReads
from gateway.pdp.check.scenarios import APPROVAL, SCOPES

_GIVEN: Final = [APPROVAL | {"id": scope, "scope": scope, "expires_in_hours": 1, "runs_hours": 1} for scope in SCOPES]
_WHOLE: Final[Mapping[str, tuple[Any, ...]]] = {
    "actor.assurance": ({"acr": "aal3", "amr": ["hwk"], "auth_age_minutes": 5},),
    "query.geo": ({"kind": "box", "size_miles": 1}, {"kind": "circle", "size_miles": 500}),
    "facts.acknowledgement": (None,),
    "facts.reviews": (None,),
    "facts.approvals": (_GIVEN, *([one] for one in _GIVEN), [one | {"same_person": True} for one in _GIVEN]),
}
"""What else than in the usual request may be where that has nothing, or a whole object or list."""
_FAR: Final = (0, 100_000)


def list_values(usual: Mapping[str, Any], path: str, tables: Mapping[str, Any], reads: RuleReads) -> list[Any]:
    """The values to try at this place, the usual one first; none where it is an object, whose own places are tried."""
    present = find_value(usual, path)
    if path in _WHOLE:
        return _once([present, *_WHOLE[path]])
    if isinstance(present, dict) or (isinstance(present, list) and any(isinstance(one, dict) for one in present)):
        return []
    constants = reads.list_constants(path.rpartition(".")[2])
    return _once([present, *_list_others(present, constants, list_places(tables).get(path, ()))])


def _list_others(present: object, constants: Iterable[Any], listed: Iterable[Any]) -> Iterable[Any]:
    """Values of the kind that is there; of any kind where nothing is."""
    words = [one for one in constants if isinstance(one, str)]
    numbers = [near for one in constants if is_number(one) for near in (one, one + 1, one - 1)]
    if isinstance(present, bool):
        return (not present, None)
    if is_number(present):
        return (*numbers, *_FAR, None)
    if isinstance(present, list):
        return (*([word] for word in words), [], *(one for one in listed if isinstance(one, list)))
    if isinstance(present, str):
        return (*words, *(one for one in listed if isinstance(one, str)), None)
    return (*words, *numbers, *listed)


def find_value(tree: Any, path: str) -> Any:  # noqa: ANN401 - any JSON value
    """What is at a dotted path, whose numbers are places in lists; None where another change took that place away."""
    for step in path.split("."):
        tree = tree[int(step)] if isinstance(tree, list) else (tree or {}).get(step)
    return tree


def _once(values: Iterable[Any]) -> list[Any]:
    return [*{orjson.dumps(value): value for value in values}.values()]
