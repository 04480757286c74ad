"""Questions that differ in nothing but what the person may not know, for as many as matter of what the person does know.

What is secret to whom: to somebody who is not assigned to the cited case, whether there is one, of which kind, and whose the
plate is; to who is assigned, whose a plate is that is not in the case; of one that is, whether it is protected, and whether it is in
another case as well. All else the person sets, or is told.
"""

import contextlib
import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import orjson

from gateway.pdp.check.axis_values import list_values
from gateway.pdp.check.cases import apply_changes
from gateway.pdp.check.rule_reads import RuleReads
from gateway.pdp.check.usual_request import make_sample

Axes: TypeAlias = Mapping[str, Sequence[Any]]
CASE: Final = "facts.case"
TARGET: Final = "facts.target"
_MATCH: Final = f"{TARGET}.matches.0"
_WHOSE: Final = frozenset({f"{CASE}.assigned", f"{_MATCH}.assigned", f"{_MATCH}.in_cited_case"})
"""What says who the person is: never varied by itself."""
_BEHIND: Final = ""
_MOST_SECRETS: Final = 16


@dataclass(frozen=True, slots=True)
class SecretQuestions:
    """One question, asked with each secret that may lie behind it; `usual` is what is usual where it is another."""

    usual: Mapping[str, Any]
    documents: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Person:
    """What is hidden from somebody, by paths, and what may be behind: whether the case exists, and whose the plate is."""

    assigned: bool
    hidden: tuple[str, ...]
    behind: tuple[tuple[bool, str], ...]


_STRANGER = _Person(
    assigned=False,
    hidden=(CASE, TARGET),
    behind=((True, "of others"), (False, "of others"), (True, "in the case"), (True, "nobody's"), (False, "nobody's")),
)
_PEOPLE: Final = (
    _STRANGER,
    _Person(assigned=True, hidden=(TARGET,), behind=((True, "of others"), (True, "nobody's"))),
    _Person(assigned=True, hidden=(f"{TARGET}.protected",), behind=((True, "in the case"), (True, "in both"))),
)


def vary_jointly(tables: Mapping[str, Any], reads: RuleReads, most: int) -> Iterator[SecretQuestions]:
    """At most so many requests, of all that these rules read of the input; none where they read nothing that is secret."""
    usual = make_sample(tables)
    usual["facts"]["reviews"] = {"emergencies_24h": 0, "overdue": 0}
    read = reads.list_paths(usual)
    values = {path: found for path in read - _WHOSE if (found := list_values(usual, path, tables, reads))}
    reads_target = any(path.startswith(TARGET) for path in read)
    if not reads_target and not any(path.startswith(CASE) for path in read):
        return
    people = _PEOPLE if reads_target else (_STRANGER,)
    for person in people:
        behind = [one for one in person.behind if reads_target or one[1] == "of others"]
        secret = {path: values[path] for path in sorted(values) if path.startswith(person.hidden)}
        secrets = [*_spread({_BEHIND: behind, **secret}, _MOST_SECRETS)]
        public = {path: values[path] for path in sorted(values) if path not in secret}
        for changes in _spread(public, max(1, most // len(people) // len(secrets))):
            asked = [_ask(usual, person, changes, one) for one in secrets]
            alike = {orjson.dumps(document): document for document in asked if document is not None}
            unusual = {path: values[path][0] for path, value in changes.items() if value != values[path][0]}
            yield SecretQuestions(unusual, (*alike.values(),))


def _spread(axes: Axes, most: int) -> Iterator[dict[str, Any]]:
    """Every combination of values, or so many of them: what is usual, single changes, and any others, the same each time."""
    total = math.prod(map(len, axes.values()))
    chosen: Iterator[int] | range = range(total)
    if total > most:
        draw = random.Random(0)  # noqa: S311 - to choose, not to hide
        others = (draw.randrange(total) for _ in range(most))
        singles = itertools.islice(_list_singles(axes), most // 2 + 1)
        chosen = itertools.islice(dict.fromkeys(itertools.chain(singles, others)), most)
    for number in chosen:
        combination = {}
        rest = number
        for path, values in axes.items():
            rest, place = divmod(rest, len(values))
            combination[path] = values[place]
        yield combination


def _list_singles(axes: Axes) -> Iterator[int]:
    """The numbers of the combinations in which at most one value is not the first, each axis in turn."""
    weight = 1
    numbers = []
    for values in axes.values():
        numbers.append([weight * place for place in range(1, len(values))])
        weight *= len(values)
    yield 0
    yield from (one for turn in itertools.zip_longest(*numbers) for one in turn if one is not None)


def _ask(
    usual: Mapping[str, Any], person: _Person, public: Mapping[str, Any], secrets: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The request; None where there can be none: nobody is assigned to a case that was not named."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(usual))
    exists, plate = secrets[_BEHIND]
    changes = {path: value for path, value in {**public, **secrets}.items() if path}
    for path in sorted(changes, key=lambda path: path.count(".")):
        with contextlib.suppress(ValueError):  # another change took that place away
            apply_changes(document, {"set": {path: changes[path]}})
    if not document["query"]["case_number"]:
        if person.assigned:
            return None
        exists = False
    if plate == "in the case" and not exists:
        plate = "of others"
    facts = document["facts"]
    facts["case"] = facts["case"] | {"assigned": person.assigned} if exists else None
    facts["target"]["matches"] = _find_matches(facts["target"]["matches"][0], person, plate)
    return document


def _find_matches(match: dict[str, Any], person: _Person, plate: str) -> list[dict[str, Any]]:
    others = match | {"in_cited_case": False, "assigned": False}
    cited = match | {"in_cited_case": True, "assigned": person.assigned}
    return {"nobody's": [], "of others": [others], "in the case": [cited], "in both": [cited, others]}[plate]
