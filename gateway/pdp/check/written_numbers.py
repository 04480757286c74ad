"""Numbers of a table that people read in two ways, or that are none: as they are written, for what was read says it no more.

A lawyer's `5.000` is five thousand, and JSON's is five. `1,000`, `1 000`, `1_000` and `1e3` are words to a table, and words deny.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from gateway.pdp.tables import list_scalars
from gateway.strict import tell_given
from gateway.unseen import end_with_unseen

Path = tuple[str | int, ...]
_BLANKS = " '\u2019_\u00a0\u202f"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_TWO_WAYS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}(?:[.,{_BLANKS}]\d{{3}})+(?:[.,]\d+)?|\d+(?:_\d+)+")
_NO_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d+|\+\d+(?:\.\d+)?|-?0\d+|\d+,\d+")
_QUOTED = "; in quotation marks it stays a text"


def read_written(text: str) -> dict[Path, str]:
    """What stands for each entry that is not in quotation marks, by its path; of a table that can be read."""
    return {path: node.value for path, node in list_scalars(text) if not node.style}


def find_two_ways(written: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    """Each number that means one thing to who writes it and another to who reads it, with what to write."""
    for path, raw in written.items():
        if _TWO_WAYS.fullmatch(raw):
            told = f"a point begins a fraction, so this is {float(raw):g} and not {raw.replace('.', '')}"
            yield path, f"is written {raw}: {told}. Write {raw.replace('.', '')}, or {raw}0 where a fraction is meant"


def find_words(written: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    """Each value that looks like a number and is none, with what to write."""
    for path, raw in written.items():
        if "value" in path and (meant := suggest_number(raw)):
            yield path, f"is written {raw}, which is no number but a text: write {meant}{_QUOTED}"


def suggest_number(raw: str) -> str | None:
    """The number that is probably meant by what is none, as a table has it; None where nothing is."""
    if _NUMBER.fullmatch(raw):
        return None
    if _GROUPED.fullmatch(raw):
        return _write(_ungroup(raw))
    return _write(raw.replace(",", ".")) if _NO_NUMBER.fullmatch(raw) else None


def tell_other(given: object, raw: str | None, *, whole: bool = False) -> str:
    """What stands where another type should, with the number that is probably meant: `raw` is how it is written, None in quotation marks."""
    meant = suggest_number(raw) if raw is not None and isinstance(given, str) else None
    is_other = meant is None or (whole and "." in meant)  # what would be refused too is not advised
    return tell_given(given) + (end_with_unseen(given) if is_other else f": write {meant}")


def _ungroup(raw: str) -> str:
    """Without what parts its thousands; what comes last and once, beside another mark, begins a fraction."""
    marks = [mark for mark in raw if mark in f".,{_BLANKS}"]
    whole, mark, fraction = raw.rpartition(marks[-1])
    is_fraction = mark in ".," and mark not in whole and len(set(marks)) > 1
    digits = re.sub(rf"[.,{_BLANKS}]", "", whole if is_fraction else raw)
    return f"{digits}.{fraction}" if is_fraction else digits


def _write(number: str) -> str:
    return f"{Decimal(number).normalize():f}"
