"""The draw: the same seed and the same searches always give the same sample, whoever works it out."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search that may be drawn, and the strata it is in."""

    decision_id: str
    at: datetime
    office: str
    purpose: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A search that was drawn, and by which part of the rule."""

    decision_id: str
    user_id: str
    stratum: str


def promise(seed: bytes) -> str:
    """What is put on record of a seed before the period: its SHA-256 (hex)."""
    return hashlib.sha256(seed).hexdigest()


def draw(searches: Iterable[Search], seed: bytes, *, per_office_and_week: int, percent: float) -> list[Drawn]:
    """So many of each office and week, and so many per cent of all, spread evenly over purposes and persons."""
    listed = sorted(searches, key=lambda item: _lot(seed, item.decision_id))
    chosen: dict[str, Drawn] = {}
    for search, stratum in [*_by_office(listed, per_office_and_week), *_by_share(listed, seed, percent)]:
        chosen.setdefault(
            search.decision_id, Drawn(decision_id=search.decision_id, user_id=search.user_id, stratum=stratum)
        )
    return list(chosen.values())


def _lot(seed: bytes, text: str) -> bytes:
    return hashlib.sha256(seed + b"\0" + text.encode()).digest()


def _by_office(listed: Sequence[Search], count: int) -> list[tuple[Search, str]]:
    strata: defaultdict[str, list[Search]] = defaultdict(list)
    for search in listed:  # in the order of the lots, so that the first are the drawn ones
        year, week, _ = search.at.isocalendar()
        strata[f"{search.office or 'no office'} {year}-W{week:02d}"].append(search)
    return [(search, name) for name in sorted(strata) for search in strata[name][:count]]


def _by_share(listed: Sequence[Search], seed: bytes, percent: float) -> list[tuple[Search, str]]:
    """Every so-many-th of the searches in the order of purpose, person and lot, from a place that the seed gives."""
    count = math.ceil(len(listed) * percent / 100)
    if not count:
        return []
    spread = sorted(listed, key=lambda item: (item.purpose, item.user_id, _lot(seed, item.decision_id)))
    step = len(spread) / count
    start = int.from_bytes(_lot(seed, "start")[:8]) / 2**64 * step
    places = [min(len(spread) - 1, int(start + number * step)) for number in range(count)]
    return [(spread[place], f"{percent:g} per cent of all") for place in places]
