"""Hiding small numbers in a published table whose total is known, so that none can be computed back.

A number below the least is hidden. If the total would give it away, the next number in the order of the labels is hidden
too, and so on, until what is hidden sums to enough. Which one is next never depends on how large it is, so knowing this
rule does not help. Where even hiding all is not enough, the table is not shown. Zeros hide nothing and are shown.
"""

from collections.abc import Sequence

Cell = tuple[str, int]
Shown = tuple[str, int | None]
_FEWEST = 2


def suppress(cells: Sequence[Cell], least: int) -> list[Shown] | None:
    """The table as it may be shown, in the order of its labels, None for a hidden number; None for no table at all."""
    ordered = sorted(cells)
    filled = [index for index, (_, number) in enumerate(ordered) if number]
    hidden = {index for index in filled if ordered[index][1] < least}
    while hidden and not _is_safe([ordered[index][1] for index in hidden], least):
        following = next((index for index in _after(filled, max(hidden)) if index not in hidden), None)
        if following is None:
            return None
        hidden.add(following)
    return [(label, None if index in hidden else number) for index, (label, number) in enumerate(ordered)]


def _is_safe(numbers: Sequence[int], least: int) -> bool:
    """Whether the sum of what is hidden leaves every hidden number open."""
    return len(numbers) >= _FEWEST and sum(numbers) >= len(numbers) * least


def _after(filled: Sequence[int], last: int) -> list[int]:
    """The places after the last hidden one, then from the beginning."""
    return [index for index in filled if index > last] + [index for index in filled if index <= last]


def show_total(number: int, least: int) -> int | None:
    """A number that stands alone, as it may be shown."""
    return number if number == 0 or number >= least else None
