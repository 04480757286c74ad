"""What a written reason is like, in codes: worked out where the text is at hand, so that it can stay sealed after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.oversight.table_forms import ReasonsForm, find_value_line, read_form
from gateway.oversight.tables import OversightFolder, values

_FILE: Final = "oversight/reasons/data.yaml"
_SHORT: Final = "short"
_IMMIGRATION: Final = "immigration"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonTraits:
    """The privacy office's lists and patterns, ready to be asked."""

    words: Mapping[str, frozenset[str]]
    patterns: Mapping[str, tuple[re.Pattern[str], ...]]
    immigration: tuple[re.Pattern[str], ...]
    no_immigration: tuple[re.Pattern[str], ...]
    shortest: int

    @property
    def codes(self) -> frozenset[str]:
        """Every code that a text can have."""
        return frozenset({*self.words, *self.patterns, _SHORT, _IMMIGRATION})

    def of(self, text: str) -> tuple[str, ...]:
        """The codes of a text, sorted; () where nothing is to be said of it."""
        plain = " ".join(text.casefold().split())
        found = {code for code, words in self.words.items() if plain in words}
        for code, ways in self.patterns.items():
            for way in ways:
                if way.search(plain):
                    found.add(code)
                    break
        if len(plain) <= self.shortest:
            found.add(_SHORT)
        hit = any(way.search(plain) for way in self.immigration)
        if hit and not any(way.search(plain) for way in self.no_immigration):
            found.add(_IMMIGRATION)
        return tuple(sorted(found))


def read_reason_traits(folder: OversightFolder) -> ReasonTraits:
    """The table `policies/oversight/reasons`.

    Raises:
        ConfigurationError: with every list that is missing, and every word or pattern that could never be found.
    """
    table, lines = folder.table("reasons"), folder.lines("reasons")
    given = values(table, _FILE, lines)
    form = read_form(ReasonsForm, given, _FILE, partial(find_value_line, lines))
    return ReasonTraits(
        words={
            code: frozenset(" ".join(word.casefold().split()) for word in words) for code, words in form.words.items()
        },
        patterns={code: _compile(ways) for code, ways in form.patterns.items()},
        immigration=_compile(form.immigration.hits),
        no_immigration=_compile(form.immigration.misses),
        shortest=form.shortest,
    )


def _compile(ways: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(way, re.IGNORECASE) for way in ways)
