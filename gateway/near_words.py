"""Which word was probably meant by one that is not on a closed list. Imports nothing else of the gateway."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggest_near(word: str, known: Iterable[str], *, mark: str = "") -> str:
    """The one of those known that is nearest, or the only one that it begins, as the end of a sentence; empty where there is none."""
    near = find_near(word, known)
    return f"; did you mean {mark}{near}{mark}?" if near else ""


def find_near(word: str, known: Iterable[str]) -> str | None:
    """The one of those known that is nearest, or the only one that it begins."""
    listed = [*known]
    return next(iter(get_close_matches(word, listed, 1)), None) or find_begun(word, listed)


def keep_letters(word: str) -> str:
    """Its letters and digits alone, in small letters: what is left where people get capitals and separators wrong."""
    return "".join(character for character in word.casefold() if character.isalnum())


def find_begun(word: str, known: Iterable[str]) -> str | None:
    """The only one of those known whose first parts these are, as `criminal` of `criminal_investigation`."""
    longer = [one for one in known if one.startswith(f"{word}_")]
    return longer[0] if len(longer) == 1 else None
