"""Which fields there are, told where one that is not known was sent; what was sent is never repeated."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_NEAR = 0.75
_LONGEST = 40


def tell_fields(sent: Iterable[str], known: Collection[str]) -> str:
    """The known names, with the one that was probably meant first: `caseNumber` for `case_number`."""
    by_letters = {_letters(name): name for name in known if name not in sent}
    near = (
        by_letters[found]
        for name in sent
        if name not in known and len(name) <= _LONGEST
        for found in get_close_matches(_letters(name), by_letters, 1, _NEAR)
    )
    meant = next(near, None)
    return f"{f'Did you mean {meant}? ' if meant else ''}There are: {', '.join(known)}."


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
