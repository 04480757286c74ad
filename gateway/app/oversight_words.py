"""What detectors' lists name of the policy, its purposes and reasons, held against the policies that there are and were.

Searches of before are looked at as well, so a purpose of an earlier policy belongs in a list still. What no policy ever
had is a slip of the pen, and what a draft adds stands in no list until somebody puts it there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gateway import clock
from gateway.app.oversight import oversight_folder
from gateway.app.policy_in_force import find_compared, load_replaced, policy_history, read_tables
from gateway.app.recorded_changes import read_changes
from gateway.app.state import oversight_directory
from gateway.errors import ConfigurationError
from gateway.lifecycle.history import list_coming
from gateway.oversight.detectors.catalog import read_detectors
from gateway.oversight.detectors.listed_words import PURPOSE, REASONS, ListedWord
from gateway.pdp import Bundle, load_policies, load_revision
from gateway.reasons import Reason
from gateway.settings import Settings

_FILE = "tables/purposes/data.yaml"


def find_strange_words(settings: Settings, policies: Path | None = None) -> list[str]:
    """What detectors' lists name that no policy has or had, and lists of purposes of which the policy in force has none.

    Of the oversight that is followed, or of the one in a folder, as a draft's; with it counts the policy around it.
    """
    followed = settings if policies is None else follow(settings, policies)
    words = _read_words(followed)
    if not words:
        return []
    with suppress(ConfigurationError):
        known = [find_compared(settings, clock.now())]
        if policies is not None:
            known += _find_around(oversight_directory(followed))  # what cannot be read is told by `policy check`
        unknown = _find_never_known(settings, words, known)
        former = [one for one in words if one not in unknown]
        return [*(_tell_never_known(one, known) for one in unknown), *_tell_only_former(former, known)]
    return []


def tell_words_of_draft(settings: Settings, draft: Bundle, compared: Bundle) -> Iterator[str]:
    """Which purposes a draft adds that no list of purposes names, and which it drops that one does."""
    lists = [one for one in _read_words(settings) if one.column == PURPOSE]
    listed, before, after = {one.word for one in lists}, _purposes(compared), _purposes(draft)
    where = f"followed in {oversight_directory(settings)}"
    for purpose in sorted(after - before - listed if lists else ()):
        told = f"{_FILE} has {purpose}, which stands in none of the lists of purposes that detectors look in"
        yield f"{told} ({_name_lists(lists)}; {where}): put it in where it belongs, for to them it is any other purpose"
    for purpose in sorted((before - after) & listed):
        naming = _name_lists(one for one in lists if one.word == purpose)
        told = f"{_FILE} has {purpose} no more, which stands in lists that detectors look in ({naming}; {where})"
        yield f"{told}: put in beside it what takes its place, and leave it for the searches of before"


def follow(settings: Settings, policies: Path) -> Settings:
    """The same settings with the oversight in a policy folder, or in this very folder."""
    within = policies / "oversight"
    there = settings.oversight.model_copy(update={"directory": (within if within.is_dir() else policies).resolve()})
    return settings.model_copy(update={"oversight": there})


def _find_around(oversight: Path) -> list[Bundle]:
    """The policy that a folder of oversight is part of, where it is of one.

    Raises:
        ConfigurationError: it cannot be read, so that nobody knows what it has.
    """
    folder = oversight.parent
    return [load_policies(folder)] if (folder / _FILE).exists() else []


def _read_words(settings: Settings) -> list[ListedWord]:
    """Those of the oversight that is followed; none where it cannot be read, which is told of it elsewhere."""
    folder = oversight_folder(settings)
    if not folder.path.is_dir():
        return []
    try:
        return [word for detector in read_detectors(folder) for word in detector.words]
    except ConfigurationError:
        return []


def _find_never_known(settings: Settings, words: Iterable[ListedWord], policies: Sequence[Bundle]) -> list[ListedWord]:
    """Those that neither these policies have nor any other of the history, which is read only where it may tell."""
    unknown = [one for one in words if not _is_of(one, policies)]
    others = [*_other_policies(settings)] if unknown else []
    return [one for one in unknown if not _is_of(one, others)]


def _tell_never_known(one: ListedWord, policies: Sequence[Bundle]) -> str:
    return one.tell_unknown(*_vocabulary(one.column, policies))


def _tell_only_former(words: Iterable[ListedWord], policies: Sequence[Bundle]) -> Iterator[str]:
    """Lists whose purposes were all renamed or dropped: whatever took their place stands in none."""
    _, purposes = _vocabulary(PURPOSE, policies)
    lists: Mapping[tuple[str, str], list[ListedWord]] = defaultdict(list)
    for one in words:
        if one.column == PURPOSE:
            lists[one.file, one.limit].append(one)
    for listed in lists.values():
        if purposes.isdisjoint(one.word for one in listed):
            told = f"{listed[0].place}: `{listed[0].limit}.value` names no purpose of the policy in force"
            yield f"{told}: put in what took the place of {', '.join(one.word for one in listed)}"


def _name_lists(words: Iterable[ListedWord]) -> str:
    return ", ".join(dict.fromkeys(f"{one.place}: {one.limit}" for one in words))


def _is_of(one: ListedWord, policies: Iterable[Bundle]) -> bool:
    """Whether a word is one of these policies'; whatever else is closed is told where detectors are read."""
    return one.column not in {PURPOSE, REASONS} or any(
        one.word in _vocabulary(one.column, [each])[1] for each in policies
    )


def _vocabulary(column: str, policies: Iterable[Bundle]) -> tuple[str, frozenset[str]]:
    """What a word is none of, and which there are."""
    if column == PURPOSE:
        return "purpose of the policy, nor of another that is kept", frozenset[str]().union(*map(_purposes, policies))
    own = (frozenset(policy.reason_book.own) for policy in policies)
    return "reason of the gateway or the policy, nor of another that is kept", frozenset(map(str, Reason)).union(*own)


def _purposes(policy: Bundle) -> frozenset[str]:
    found = read_tables(policy).get("purposes")
    return frozenset(found) if isinstance(found, Mapping) else frozenset()


def _other_policies(settings: Settings) -> Iterator[Bundle]:
    """Those that were in force before, and those that will be or may be, as signed ones, as far as they are kept."""
    for change in read_changes(settings):
        yield from (change.before, change.after)
    for act in list_coming(policy_history(settings).read(), clock.now()):
        with suppress(ConfigurationError):
            if act.revision:  # a stop has none
                yield load_replaced(settings, act.revision)
    for kept in sorted((settings.paths.state / "revisions").glob("*")):
        with suppress(ConfigurationError):
            yield load_revision(kept.name, settings.paths.state)
