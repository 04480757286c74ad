"""Characters that nobody sees, or takes for others, which come with pasted text: which one stands where.

Whoever looks at a refused value that holds one sees nothing wrong with it. So it is told by name and place alone, and the
value itself is never repeated: it may be a plate. Imports nothing else of the gateway.
"""

import re
import unicodedata

_BLANK_SIGNS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks to Unicode, of which nothing is drawn: fillers, a blank of Braille, selectors of a variant."""
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d")
_CONTROLS = {"\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}


def drop_unseen(text: str) -> str:
    """The text as it is seen."""
    return "".join(one for one in text if not _is_unseen(one))


def find_unseen(text: str) -> str | None:
    """The first character that cannot be seen, as `character 4 (ZERO WIDTH SPACE, U+200B)`; None where there is none."""
    found = next((at for at, character in enumerate(text) if _is_unseen(character)), None)
    return None if found is None else name_character(text, found)


def tell_unseen(text: str) -> str | None:
    """A sentence on what cannot be seen in a refused value, or is no plain hyphen; None where neither is the reason."""
    if unseen := find_unseen(text):
        return f"It holds a character that cannot be seen, {unseen}, as pasted text may: type it anew."
    dash = next((at for at, character in enumerate(text) if character in _DASHES), None)
    return None if dash is None else f"It holds a dash that is no plain hyphen, {name_character(text, dash)}: write -."


def end_with_unseen(value: object) -> str:
    """What of a text cannot be seen, as the end of a sentence that shows it; empty where nothing is, and of what is no text."""
    unseen = find_unseen(value) if isinstance(value, str) else None
    return f", whose {unseen} cannot be seen: type it anew" if unseen else ""


def tell_foreign(text: str) -> str | None:
    """A sentence on a letter or digit that only looks like one of A to Z and 0 to 9; None where there is none.

    By its place and alphabet alone, as a Cyrillic one: its name would say a character of the plate.
    """
    at = next((at for at, one in enumerate(text) if one.isalnum() and not one.isascii()), None)
    if at is None:
        return None
    alphabet = unicodedata.name(text[at], "").partition(" ")[0]
    whose = f" ({alphabet})" if alphabet not in {"", "LATIN"} else ""
    return f"Character {at + 1} is none of the letters A to Z and digits 0 to 9, though it may look like one{whose}: type it anew."


def tell_unseen_in_header(value: str) -> str | None:
    """The same of a header's value, which came as bytes: they are UTF-8 wherever they can be."""
    try:
        return tell_unseen(value.encode("latin-1").decode())
    except UnicodeError:
        return tell_unseen(value)


def name_character(text: str, at: int) -> str:
    """The character at this place, by the place as people count, its name where it has one, and its number."""
    character = text[at]
    name = _CONTROLS.get(character) or unicodedata.name(character, "")
    return f"character {at + 1} ({', '.join(filter(None, (name, f'U+{ord(character):04X}')))})"


def _is_unseen(character: str) -> bool:
    return not character.isprintable() or _BLANK_SIGNS.match(character) is not None
