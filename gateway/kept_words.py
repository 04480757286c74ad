"""Words that people write and the record keeps in clear: what of them may be a plate, told by its place alone.

Imports nothing else of the gateway. A plate of letters and digits is told by its shape; one that is a word or a number
cannot be. What has the shape and is plainly something else (a date, a case number, an id, a section of a law) is passed;
what cannot be told apart is taken for a plate, for then the writer can still say it otherwise.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_LETTERS_AND_DIGITS = re.compile(r"[A-Za-z0-9]+")
_WITHIN_A_PLATE = re.compile(r"\s*[-\u2010-\u2015_]?\s*|[.\u00b7\u2022*]")
_SHORTEST, _LONGEST = 5, 8
_MOST_LETTERS, _MOST_DIGITS = 4, 6
"""Of a part that stands alone: plates are parted where letters end and digits begin."""

_KNOWN = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # the id of a decision
    r"|\bD\d{1,2}-[0-9a-f]{16}\b"  # of a finding
    r"|\be0\d{5}\b"  # of an epoch
    r"|\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
    r"|(?<![\w-])(?=(?:-?\d){6})\d+(?:-\d+)+(?![\w-])"  # a day, or a case number as 25-001234
    r"|(?<![\w-])(?:\d:)?(?:\d\d|\d{4})-[A-Za-z]{1,4}-\d+(?:-[A-Z]{2,3})*(?![\w-])"  # as 24-cr-00187
    r"|(?<![\w-])[A-Za-z]{2,5}-(?:\d\d|\d{4})-\d+(?![\w-])"  # as OIG-24-17
    r"|\b\d{1,2}\s+(?:U\.?\s?S\.?\s?C\.?(?:\s?A\.?)?|C\.?\s?F\.?\s?R\.?)\s*(?:§+|[Ss]ec(?:tion|\.)?|[Pp]art)?\s*\d+[A-Za-z]*"
    r"|\b(?:P\.\s?L|H\.\s?R)\.\s?\d+"
    r"|(?:§+|\b[Ss]ections?)\s*\d+[A-Za-z]{0,2}\b"
    r"|\b[A-Za-z]*\d+[A-Za-z]?(?:\.\d+)+[A-Za-z]?\b"  # a numbered part, as CJIS5.9 or 181A.250
    r"|\b(?:NIST\s+)?(?:SP|IR)\s*8\d\d(?:\d|-\d+[A-Z]?)\b|\bFIPS\s*\d{3}\b|\bISO\s*\d{4,5}\b|\bRFC\s*\d{4}\b"
    r"|\b[FC]Y\s?(?:19|20)?\d\d\b|\bQ[1-4]\s?20\d\d\b"
    r"|\b(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)\.?\s(?:19|20)\d\d\b"
    r"|\b\d{1,4}(?:st|nd|rd|th|am|pm|hrs?|mins?|days?|km|mi|mph)\b|\b(?:18|19|20)\d0s\b"
)
_ORDINARY = frozenset(
    """
    a able act acts add adds ago aid air all also am an and any are area art as ask asks at aug auto away back bad bar be
    been best bill blue both box bus but buy by call came can car card cars case cell ch city code come copy cost cut data
    date day days dead dec did do does done door down due duty each east edit else end ends even ever eye face fact fair
    far feb feed few file find fire fit five for form four fri from full gate gave get gets give go goes gone good got had
    half hand has have he held help her here him his hit hits hold hour how i id if in info into is it item its jan job jul
    july jun june just keep kept key kind knew know lack land lane last late law laws lawn lead left less let life like
    line list live log long look lost lot low made mail main make man many mar may me mean meet men met mid mile min mine
    miles mon more most move much must my name near need new next nine no nor not note nov now oct odd of off old on once
    one only open or our out over own p page paid pair para park part pass past pay per plan post pp pre put ran rang rank
    rate read real rest ride road role room row rows rule run runs s said sale same sat save saw say says sec see seen sell
    send sent sep sept seq set she shop show side sign site six size so sold some soon spot stay step stop such sun sure
    take task team tell ten than that the them then they this thu thus time to told too took top town tue turn two type
    unit until up upon us use used user very via view vol vs wait was way ways we wed week well went were west what when
    who whom why will with word work year yes yet you your zero zip zone
    """.split()
)
_ALONE = frozenset("AI")


def tell_plates(text: str) -> str | None:
    """What is to be said of a text that is kept in clear and may name a plate, without repeating it; None where all is well."""
    plain = unicodedata.normalize("NFKC", text)
    found = next(_find_plates(_KNOWN.sub(lambda known: "|" * len(known[0]), plain)), None)
    if found is None:
        return None
    first, last = (len(plain[:at].split()) for at in (found[0] + 1, found[1]))
    where = f"word {first} looks" if first == last else f"words {first} to {last} look"
    return (
        f"{where} like a plate, and this text is kept in clear: name the finding, the decision or the case, not the plate. "
        "If it is none, write it otherwise: a number in words, a person by name"
    )


def _find_plates(text: str) -> Iterator[tuple[int, int]]:
    """Where something begins and ends that has the shape of a plate, written in one or parted."""
    for parts in _find_neighbours(text):
        for first in range(len(parts)):
            for last in range(first, min(first + _LONGEST, len(parts))):
                joined = "".join(part[0] for part in parts[first : last + 1])
                if len(joined) > _LONGEST:
                    break
                if len(joined) >= _SHORTEST and not joined.isalpha() and not joined.isdigit():
                    yield parts[first].start(), parts[last].end()


def _find_neighbours(text: str) -> Iterator[list[re.Match[str]]]:
    """What could be parts of one plate, in their order: with nothing between them that no plate is parted by."""
    found = [one for one in _LETTERS_AND_DIGITS.finditer(text) if _may_be_part(one[0])]
    begins = [0] + [
        at
        for at, (one, other) in enumerate(pairwise(found), 1)
        if _WITHIN_A_PLATE.fullmatch(text, one.end(), other.start()) is None
    ]
    for begin, end in pairwise([*begins, len(found)]):
        yield found[begin:end]


def _may_be_part(word: str) -> bool:
    if word.isdigit():
        return len(word) <= _MOST_DIGITS
    if word.isalpha():
        return len(word) <= _MOST_LETTERS and not _is_ordinary(word)
    return len(word) <= _LONGEST


def _is_ordinary(word: str) -> bool:
    """In capitals even a word may be the letters of a plate, as in `CAR 1234`."""
    return word in _ALONE if word.isupper() else word.lower() in _ORDINARY
