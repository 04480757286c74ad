"""What a written reason is like, in codes: worked out where the text is at hand, so that it can stay sealed after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.errors import ConfigurationError
from gateway.oversight.table_forms import ReasonsForm, read_form
from gateway.oversight.tables import OversightFolder, values

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
        ConfigurationError: a list is missing, or a pattern is none.
    """
    table = read_form(ReasonsForm, values(folder.table("reasons"), "oversight/reasons"), "oversight/reasons")
    return ReasonTraits(
        words={
            code: frozenset(" ".join(word.casefold().split()) for word in words) for code, words in table.words.items()
        },
        patterns={code: _compile(code, ways) for code, ways in table.patterns.items()},
        immigration=_compile(_IMMIGRATION, table.immigration.hits),
        no_immigration=_compile(_IMMIGRATION, table.immigration.misses),
        shortest=table.shortest,
    )


def _compile(code: str, ways: list[str]) -> tuple[re.Pattern[str], ...]:
    try:
        return tuple(re.compile(way, re.IGNORECASE) for way in ways)
    except re.error as error:
        raise ConfigurationError([f"oversight/reasons: a pattern of {code} cannot be used: {error}"]) from None
