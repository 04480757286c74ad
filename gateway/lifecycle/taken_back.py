"""What a draft takes back of changes that acts made: a draft begun from an older folder does.

A place is one value of a table or one file of rules. It is taken back where the draft has what was there before any act, and
what is in force is something else. However often it was changed since, each act that changed it since is named: the older
a draft is, the more it takes back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.canonical import canonical
from gateway.lifecycle.difference import order_values_first
from gateway.model import Json
from gateway.pdp import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
    """An act by its number, what was in force before it, and what it put in force."""

    counter: int
    before: Bundle
    after: Bundle


def find_taken_back(
    draft: Bundle, force: Bundle, acts: Iterable[RecordedChange]
) -> dict[tuple[int, ...], tuple[str, ...]]:
    """By the numbers of the acts the places where the draft undoes what they changed; values before what is said about them.

    Of acts from before the place was last as the draft has it none is named. Empty where the draft undoes nothing.
    """
    wanted, now = _places(draft), _places(force)
    differing = [place for place in sorted(wanted.keys() | now.keys()) if _at(wanted, place) != _at(now, place)]
    since: dict[str, list[int]] = {}
    for act in acts if differing else ():
        old, new = _places(act.before), _places(act.after)
        for place in differing:
            before, after, meant = _at(old, place), _at(new, place), _at(wanted, place)
            if after == meant:
                since.pop(place, None)
            elif before == meant:
                since[place] = [act.counter]
            elif before != after and place in since:
                since[place].append(act.counter)
    found: dict[tuple[int, ...], tuple[str, ...]] = {}
    for place in order_values_first(list(since)):
        counters = tuple(since[place])
        found[counters] = (*found.get(counters, ()), place)
    return dict(sorted(found.items()))


def _places(policy: Bundle) -> dict[str, Json]:
    return dict(policy.rego) | dict(_values("tables", policy.data.get("tables")))


def _at(places: Mapping[str, Json], place: str) -> str | None:
    """What stands there, so that 1 and true are two; None where nothing does."""
    return canonical(places[place]) if place in places else None


def _values(place: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Each value by its place. What is empty has none: that it is so no longer takes nothing back."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _values(f"{place}/{name}" if place == "tables" else f"{place}.{name}", inner)
    else:
        yield place, value
