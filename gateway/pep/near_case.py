"""The person's own case whose number was probably meant: `25-001234` for `25 001234`, for case numbers are compared letter by letter."""

from collections.abc import Iterable

from gateway.model import CaseFile
from gateway.near_words import keep_letters


def tell_near_case(written: str, own: Iterable[CaseFile]) -> str | None:
    """A sentence with the only one of one's `own` cases that is the same but for capitals, blanks and signs.

    Of other people's cases nothing is looked at, so nothing told says whether there is one.
    """
    near = [one.case_number for one in own if keep_letters(one.case_number) == keep_letters(written)]
    return f"Did you mean {near[0]}?" if len(near) == 1 and near[0] != written else None
