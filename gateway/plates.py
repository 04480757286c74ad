"""Plates: the normal form, the fold, and the two-letter states. Imports nothing else of the gateway.

Normal form: upper case, separators out (`abc-12o` → `ABC12O`). Fold: also O → 0, which vendors and people mix up.
"""

import re

WILDCARD = "*"
_ACCEPTED = re.compile(r"[A-Za-z0-9 -]{1,32}")
_PATTERN = re.compile(r"[A-Z0-9*]+")

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA WA WV WI WY GU VI AS MP".split()
)


def is_accepted(text: str) -> bool:
    """Whether the text has only characters that plates have, and at least one letter or digit."""
    return _ACCEPTED.fullmatch(text) is not None and any(character.isalnum() for character in text)


def normal(text: str) -> str:
    """The normal form of an accepted plate."""
    return text.upper().replace(" ", "").replace("-", "")


def fold(normal_form: str) -> str:
    """What plates that are easily mistaken for one another have in common."""
    return normal_form.replace("O", "0")


def fits_pattern(pattern: str, normal_form: str) -> bool:
    """Whether a plate in normal form is what an exact plate or a `*` pattern asks for."""
    if WILDCARD not in pattern:
        return pattern == normal_form
    if _PATTERN.fullmatch(pattern) is None:
        return False
    return re.fullmatch(pattern.replace(WILDCARD, "[A-Z0-9]*"), normal_form) is not None
