"""Whose searches the rows of a shared audit are: how many bear a name of ours, and which other names may be ours as well."""

from collections import Counter
from collections.abc import Collection

from gateway.oversight.imports.columns import plain

_OF_EVERY_AGENCY = frozenset("agency department dept of office pd police sheriff sheriffs so the".split())
"""Words that tell no agency from another."""
_MOST, _LONGEST = 1 << 12, 100
"""So many names, and of so many characters, are looked at: no file fills the memory."""


class NamedOrganizations:
    """Counts the rows with a name of ours, and those of other names, by name. What it counted is told and never kept."""

    def __init__(self, ours: Collection[str]) -> None:
        self._ours, self._our_words = ours, [_tell_apart(name) for name in ours]
        self.rows_of_ours = 0
        self._others: Counter[str] = Counter()

    def find_own(self, texts: list[str]) -> list[bool]:
        """Of each row, whether it bears a name of ours; `texts` are the cells that should say whose it is."""
        own = [plain(text) in self._ours for text in texts]
        self.rows_of_ours += sum(own)
        if len(self._others) < _MOST:
            others = (text for text, is_own in zip(texts, own, strict=True) if not is_own)
            self._others.update(text for text in others if 0 < len(text) <= _LONGEST)
        return own

    def may_be_ours(self) -> dict[str, int]:
        """The other names that say as much of which agency it is as one of ours, and how many rows bear them."""
        return {name: rows for name, rows in self._others.most_common() if self._is_near(name)}

    def _is_near(self, name: str) -> bool:
        words = _tell_apart(name)
        return bool(words) and any(words <= ours or (ours and ours <= words) for ours in self._our_words)


def _tell_apart(name: str) -> frozenset[str]:
    words = (word.strip(".,'()-") for word in plain(name).split())
    return frozenset(word for word in words if word) - _OF_EVERY_AGENCY
