"""Which fields there are, told where one that is not known was sent; what was sent is never repeated."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_NEAR = 0.75
_LONGEST = 40
_SHORTEST = 3


def tell_fields(sent: Iterable[str], known: Collection[str]) -> str:
    """The known names, with the one that was probably meant first: `caseNumber` for `case_number`."""
    by_letters = {_letters(name): name for name in known if name not in sent}
    near = (
        by_letters[found]
        for name in sent
        if name not in known and len(name) <= _LONGEST
        for found in _find_near(_letters(name), by_letters)
    )
    meant = next(near, None)
    return f"{f'Did you mean {meant}? ' if meant else ''}There are: {', '.join(known)}."


def _find_near(written: str, known: Collection[str]) -> list[str]:
    """The one name that begins or ends as what was written, or the other way round, or else the one most like it."""
    around = [name for name in known if _is_part(written, name) or _is_part(name, written)]
    return around if len(around) == 1 else get_close_matches(written, known, 1, _NEAR)


def _is_part(short: str, long: str) -> bool:
    return len(short) >= _SHORTEST and (long.startswith(short) or long.endswith(short))


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
