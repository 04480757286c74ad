"""The words that decide something, and what was probably meant by a word that is nearly one of them.

`LPR` for `lpr` would import cleanly and refuse everybody's training; so a near miss is a mistake, and what is surely
another word is not.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gateway.near_words import keep_letters

COURSES: Final = frozenset({"lpr"})
DOCUMENTS: Final = frozenset({"rules_of_behavior"})
RELATIONS: Final = frozenset({"subject"})
SEARCHING: Final = frozenset({"officer", "supervisor"})  # roles
_ALIKE: Final = 0.85
_LONG_ENOUGH: Final = 6
_MISTAKEN: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the policy in force tells apart. `components`: those that any purpose lists; empty means not known here.

    `longest_approval` is for how many hours an approval may run, None where that is not known.
    """

    components: frozenset[str] = frozenset()
    longest_approval: float | None = None


def find_meant(word: str, words: Iterable[str]) -> str | None:
    """The word of the list that this one, which is not on it, is a near miss of; None where it is surely another."""
    found = None
    for known in sorted(words):
        if word == known:
            return None
        if _is_nearly(word, known):
            found = found or known
    return found


def suggest(given: Iterable[str], words: Iterable[str]) -> str:
    """`; did you mean open?`, or nothing."""
    listed = sorted(words)
    meant = [found for word in given if (found := find_meant(word, listed))]
    return f"; did you mean {', '.join(dict.fromkeys(meant))}?" if meant else ""


def _is_nearly(word: str, known: str) -> bool:
    one, other = _bare(word), _bare(known)
    if one == other:
        return True
    long_enough = min(len(one), len(other)) >= _LONG_ENOUGH
    return long_enough and difflib.SequenceMatcher(None, one, other).ratio() >= _ALIKE


def _bare(word: str) -> str:
    """Without what people get wrong: capitals, separators, and characters that look alike."""
    return keep_letters(word).translate(_MISTAKEN)
