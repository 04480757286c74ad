"""What the acts of an installation changed, read once for all that is told of a draft, and which of it the draft takes back."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, partial

from gateway import clock
from gateway.app.policy_in_force import load_replaced, policy_history
from gateway.errors import ConfigurationError
from gateway.lifecycle.difference import sum_up
from gateway.lifecycle.history import HistoryEntry, list_come
from gateway.lifecycle.taken_back import RecordedChange, find_taken_back
from gateway.pdp import Bundle
from gateway.settings import Settings

MOST_ACTS = 300
"""So many acts are looked at, the last ones: each may have a policy of its own to be read."""
_PLACES, _LONGEST = 40, 3000
_REMEDY = "where that is not meant, begin from what is in force with `policy draft DIR`"


def read_changes(settings: Settings) -> list[RecordedChange]:
    """What the last acts changed, as far as both policies are kept still; each policy is read once.

    After a stop, an act is held against what was in force before the stop.

    Raises:
        ConfigurationError: the history cannot be read.
    """
    acts = _list_acts(settings)
    load = cache(partial(_find_policy, settings))
    replaced = [acts[0].replaces, *(act.revision for act in acts[:-1])] if acts else []
    changes = []
    for act, earlier in list(zip(acts, replaced, strict=True))[-MOST_ACTS:]:
        before, after = load(earlier), load(act.revision)
        if before is not None and after is not None:
            changes.append(RecordedChange(counter=act.counter, before=before, after=after))
    return changes


def _list_acts(settings: Settings) -> list[HistoryEntry]:
    """Those that put a policy in force, in order."""
    return [act for act in list_come(policy_history(settings).read(), clock.now()) if act.revision]


def _find_policy(settings: Settings, revision: str) -> Bundle | None:
    with suppress(ConfigurationError):
        return load_replaced(settings, revision)
    return None


def tell_taken_back(
    draft: Bundle, compared: Bundle, changes: Sequence[RecordedChange], remedy: str = _REMEDY
) -> Iterator[str]:
    """A sentence for each act, or row of acts, whose change the draft would undo, however often it was changed since."""
    for counters, places in find_taken_back(draft, compared, changes).items():
        yield f"this takes back what {_name_acts(counters)} changed: {sum_up(places, _PLACES, _LONGEST)}; {remedy}"


def tell_not_looked_at(settings: Settings) -> Iterator[str]:
    """That there were more acts than are looked at."""
    acts = _list_acts(settings)
    if len(acts) > MOST_ACTS:
        told = f"only the last {MOST_ACTS} acts were looked at"
        yield f"{told}: what this takes back of those before act {acts[-MOST_ACTS].counter} is not told"


def _name_acts(counters: Sequence[int]) -> str:
    if len(counters) == 1:
        return f"act {counters[0]}"
    return f"acts {', '.join(map(str, counters[:-1]))} and {counters[-1]}"
