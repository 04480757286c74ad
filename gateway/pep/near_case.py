"""The person's own case whose number was probably meant: `25-001234` for `25 001234`, for case numbers are compared letter by letter."""

from collections.abc import Iterable

from gateway.model import CaseFile


def tell_near_case(written: str, own: Iterable[CaseFile]) -> str | None:
    """A sentence with the only one of one's `own` cases that is the same but for capitals, blanks and signs.

    Of other people's cases nothing is looked at, so nothing told says whether there is one.
    """
    near = [one.case_number for one in own if _letters(one.case_number) == _letters(written)]
    return f"Did you mean {near[0]}?" if len(near) == 1 and near[0] != written else None


def _letters(number: str) -> str:
    return "".join(character for character in number.casefold() if character.isalnum())
