"""Plates: their forms as types of their own, the normal form, the fold, and the two-letter states.

Imports nothing else of the gateway. Normal form: upper case, separators out (`abc-12o` → `ABC12O`). Fold: also O → 0,
which vendors and people mix up.

Every form is a `str`, so that comparing, hashing and binding to SQL cost what they cost for text, and none of them shows
itself: `str`, `repr`, `format` and `%s` give the name of the form. Who must have the characters says so with `in_clear`.
"""

import re
from typing import TypeAlias, overload

WILDCARD = "*"
MOST_CHARACTERS = 32
"""Of a plate as typed, with its separators."""
_ACCEPTED = re.compile(rf"(?=.{{1,{MOST_CHARACTERS}}}\Z)[ -]*[A-Za-z0-9][A-Za-z0-9 -]*")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATE = re.compile(rf"\d{{1,2}}-(?:{_MONTHS})|(?:{_MONTHS})-\d{{2,4}}")
DATE_OF_SPREADSHEET = (
    "written as a spreadsheet writes a date: have it take the column as text, and put in what was there"
)
_PATTERN = re.compile(r"[A-Z0-9*]+")
_WILDCARDS = re.compile(r"\*+")

STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA WA WV WI WY GU VI AS MP".split()
)


class MaskedPlate(str):
    """A plate in one of its forms, which prints as the form's name alone."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The name of the form."""
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __format__(self, _specification: str) -> str:
        """The name of the form, whatever width or alignment is asked for."""
        return repr(self)


class TypedPlate(MaskedPlate):
    """As a person typed it, in a request, at a command or in a supervisor's list; it may hold the wildcard."""

    __slots__ = ()


class IssuedPlate(MaskedPlate):
    """As a state issued it and the facts hold it."""

    __slots__ = ()


class ReadPlate(MaskedPlate):
    """As a vendor's camera read it."""

    __slots__ = ()


class NormalPlate(MaskedPlate):
    """In normal form: upper case, without blanks and hyphens."""

    __slots__ = ()


class FoldedPlate(MaskedPlate):
    """What plates that are easily mistaken for one another have in common."""

    __slots__ = ()


class PlatePattern(MaskedPlate):
    """A part of a plate in normal form, or folded, with `*` for any run of letters and digits."""

    __slots__ = ()


SoughtPlate: TypeAlias = NormalPlate | PlatePattern
"""What a search is for: one plate, or all that fit a pattern."""


def in_clear(plate: MaskedPlate) -> str:
    """The characters themselves, for what must hold them: a vendor's request, a seal, a look-up."""
    return str.__str__(plate)


def is_accepted(text: str) -> bool:
    """Whether the text has only characters that plates have, and at least one letter or digit."""
    return _ACCEPTED.fullmatch(text) is not None


def is_date_of_spreadsheet(text: str) -> bool:
    """Whether it is what a spreadsheet makes of the plates JUN21 or DEC24."""
    return _DATE.fullmatch(text) is not None


def is_sought(text: str) -> bool:
    """Whether the text is an accepted plate, or part of one with the wildcard for what is not known of it."""
    return is_accepted(text.replace(WILDCARD, ""))


def normalize(plate: TypedPlate | IssuedPlate | ReadPlate) -> NormalPlate:
    """The normal form of an accepted plate."""
    return NormalPlate(plate.upper().replace(" ", "").replace("-", ""))


def has_wildcards_in_row(plate: TypedPlate) -> bool:
    """Whether wildcards stand side by side: who writes so may mean as many characters, which no wildcard here does."""
    return WILDCARD * 2 in in_clear(normalize(plate))


def normalize_sought(plate: TypedPlate) -> SoughtPlate:
    """The normal form of what `is_sought`; several wildcards in a row find no more than one."""
    return read_sought(_WILDCARDS.sub(WILDCARD, in_clear(normalize(plate))))


def read_sought(text: str) -> SoughtPlate:
    """What is sought, from text in normal form: a pattern where the wildcard is in it."""
    return PlatePattern(text) if WILDCARD in text else NormalPlate(text)


@overload
def fold(sought: NormalPlate) -> FoldedPlate: ...
@overload
def fold(sought: PlatePattern) -> PlatePattern: ...
def fold(sought: SoughtPlate) -> FoldedPlate | PlatePattern:
    """What plates that are easily mistaken for one another have in common; of a pattern, the pattern of that."""
    folded = sought.replace("O", "0")
    return PlatePattern(folded) if isinstance(sought, PlatePattern) else FoldedPlate(folded)


def fits_pattern(pattern: SoughtPlate | FoldedPlate, plate: NormalPlate | FoldedPlate) -> bool:
    """Whether a plate is what an exact plate or a `*` pattern asks for; both in normal form, or both folded."""
    if WILDCARD not in pattern:
        return pattern == plate
    if _PATTERN.fullmatch(pattern) is None:
        return False
    return re.fullmatch(pattern.replace(WILDCARD, "[A-Z0-9]*"), plate) is not None
