"""Which word was probably meant by one that is not on a closed list. Imports nothing else of the gateway."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest_near(word: str, known: Iterable[str], *, mark: str = "") -> str:
    """The one of those known that is nearest, between these marks, as the end of a sentence; empty where none is near."""
    near = get_close_matches(word, [*known], 1)
    return f"; did you mean {mark}{near[0]}{mark}?" if near else ""
