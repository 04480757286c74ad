"""What a draft takes back of changes that acts made and that are in force still: a draft begun from an older folder does.

A place is one value of a table or one file of rules. It is taken back where the draft has what was there before an act, and
what is in force is what the act made of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.canonical import canonical
from gateway.model import Json
from gateway.pdp import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
    """An act by its number, what was in force before it, and what it put in force."""

    counter: int
    before: Bundle
    after: Bundle


def find_taken_back(draft: Bundle, force: Bundle, acts: Iterable[RecordedChange]) -> dict[int, tuple[str, ...]]:
    """By the number of an act the places where the draft undoes it; of several that did the same, the last one's.

    Empty where the draft undoes nothing.
    """
    wanted, now = _places(draft), _places(force)
    differing = [place for place in sorted(wanted.keys() | now.keys()) if wanted.get(place) != now.get(place)]
    last: dict[str, int] = {}
    for act in acts if differing else ():
        old, new = _places(act.before), _places(act.after)
        for place in differing:
            is_change = old.get(place) != new.get(place)
            if is_change and (old.get(place), new.get(place)) == (wanted.get(place), now.get(place)):
                last[place] = act.counter
    found: dict[int, tuple[str, ...]] = {}
    for place, counter in sorted(last.items()):
        found[counter] = (*found.get(counter, ()), place)
    return dict(sorted(found.items()))


def _places(policy: Bundle) -> dict[str, str]:
    return dict(policy.rego) | dict(_values("tables", policy.data.get("tables")))


def _values(place: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _values(f"{place}/{name}" if place == "tables" else f"{place}.{name}", inner)
    else:
        yield place, canonical(value)
