"""Policy inputs that no gateway would write: parts missing, null, of the wrong type, added, extreme.

Deterministic: the same seed gives the same inputs on every machine.
"""

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

WRONG = [
    None, True, False, 0, 1, -1, 0.1, -0.1, 5, 1e9, 2**53, -(2**53), "", "x", "true", "0", "officer", "é\u2028😀", [], [[]], [None],
    ["officer"], [0], {}, {"value": 1}, {"x": None}, [{}], [{"relation": "subject"}],
]  # fmt: skip
"""A value of each type and some at the edges of types."""
EXTREME = [0, 0.1, 1, 3, 4, 23.9, 24, 24.1, 72, 72.1, 199, 200, 201, 364, 365, 366, 1826, 1826.1, 3652, 3652.1, 2**53]
TEXTS = ["same", "differs", "unknown", "exact", "partial", "fuzzy", "none", "civil", "criminal", "open", "closed", "subject",
         "associate", "ERO", "HSI", "officer", "supervisor", "person", "service", "partial_plate", "geo_search",
         "protected_plate", "other_purpose", "other", "fugitive_or_warrant", "missing_or_endangered_person",
         "civil_immigration_enforcement", "criminal_investigation", "plate.search", "plate.page", "plate.fuzzy",
         "alert.search", "plate.nothing"]  # fmt: skip
WHOLE = [
    "{}",
    "[]",
    "null",
    "true",
    "0",
    '""',
    "[[]]",
    '{"query":[]}',
    '{"facts":null}',
    '{"lpr":{"decision":{"allow":true}}}',
]
"""Inputs that are nothing like one."""


def generated(bases: Sequence[str], count: int, *, seed: int) -> Iterator[str]:
    """This many input texts, each one of the bases with one to five changes of any kind at any depth."""
    chance = random.Random(seed)
    for _ in range(count):
        document = json.loads(chance.choice(bases))
        for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 5])):
            _change(document, chance)
        yield json.dumps(document)


def _change(document: Any, chance: random.Random) -> None:
    places = list(_places(document))
    if not places:
        return
    holder, key = chance.choice(places)
    kind = chance.choice(["remove", "null", "wrong", "wrong", "extra", "extreme", "plausible", "plausible", "repeat"])
    if kind == "remove":
        del holder[key]
    elif kind == "null":
        holder[key] = None
    elif kind == "extra":
        _add(holder, chance)
    elif kind == "repeat" and isinstance(holder[key], list) and holder[key]:
        holder[key].append(copy.deepcopy(chance.choice(holder[key])))
    else:
        holder[key] = copy.deepcopy(_other(holder[key], kind, chance))


def _add(holder: Any, chance: random.Random) -> None:
    value = copy.deepcopy(chance.choice(WRONG))
    if isinstance(holder, list):
        holder.insert(chance.randrange(len(holder) + 1), value)
    else:
        holder[chance.choice(["extra", "value", "active", "lpr", "0", "é"])] = value


def _other(value: Any, kind: str, chance: random.Random) -> Any:
    if kind == "plausible" and isinstance(value, bool):
        return not value
    if kind == "plausible" and isinstance(value, str):
        return chance.choice(TEXTS)
    if kind == "extreme" or (kind == "plausible" and isinstance(value, int | float)):
        return chance.choice(EXTREME) * chance.choice([1, 1, 1, -1])
    return chance.choice(WRONG)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in the document that can be changed, as its holder and key."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in list(items):
        yield tree, key
        yield from _places(child)
