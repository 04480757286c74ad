"""Words that people write and the record keeps in clear: what of them may be a plate, told by its place alone.

Imports nothing else of the gateway. A plate of letters and digits is told by its shape; one that is a word or a number
cannot be. What has the shape and is plainly something else (a date, a case number, an id, a section of a law) is passed;
what cannot be told apart is taken for a plate, for then the writer can still say it otherwise.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

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
    r"|\bD\d{1,2}(?=\s+[a-z])"  # a detector, in a sentence
    r"|\bINA\s\d{3}\b|\b\d{4}\s?(?:UTC|GMT|[ECMP][SD]T)\b"
    r"|\b[FC]Y\s?(?:19|20)?\d\d\b|\bQ[1-4]\s?20\d\d\b"
    r"|(?<![\w-])(?:20\d\d-(?:Q[1-4]|W[0-5]\d)|Q[1-4]-20\d\d)(?![\w-])"  # a quarter or a week
    r"|\b(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)\.?\s(?:19|20)\d\d\b"
    r"|\b\d{1,4}(?:st|nd|rd|th|am|pm|hrs?|mins?|days?|km|mi|mph)\b|\b(?:18|19|20)\d0s\b"
)
_ORDINARY = frozenset(
    """
    exit sees ms kb mb gb goes soon asks puts
    a able abt acct act acts add adds ages ago agt aid air all also am an and any apt are area art as ask asks at aug auto
    avg away back bad bank bar base be bed been best bill blue body born boss both box boys bulk bus busy but buy by cab
    call calm came camp can cap capt car card cars case cell ch chat chef cite city clip club code cold come copy core
    corp cost crew cut cuts dad dark dash data date dawn day days dead deal dear debt dec deep dept desk det dial did diff
    dirt disk div do doc docs does dog done door down drew drop drug dry due dusk duty each earn ears ease east edit else
    end ends even ever ext eye eyes face fact fail fair fake fall far fast fax feb fee feed feel fees feet fell felt few
    file find fire fit five fled flow fly folk food fool foot for form four fri from ft full gang gas gate gave gear get
    gets girl give glad go goal goes gold gone good got gps gray grew grey gun guns guy had hair half hall hand hard harm
    has hat have he head hear heat held hell help her here hid hide high hill him hire his hit hits hold home hope host
    hot hour how hrs hub huge hurt hwy i id idea idle if in inc info into is it item its jail jan job join joke jul july
    jun june jury just keep kept key kid kids kill kind kit knew know labs lack lady lake land lane lap last late law lawn
    laws lead left lent less let lies life lift like line list live load loan lock log logs long look lord lose loss lost
    lot loud love low luck mad made mail main make male man many maps mar mark mass math may me meal mean med meet memo
    men menu mess met mid mile min mine mins miss mode mom mon mood moon more most move mph msg much must my name navy
    near neck need new next nice nine no noon nor norm not note nov now oath obey oct odd of off ok old on once one only
    onto open or our ours out over owed owes own p pace pack page paid pain pair pal pale para park part pass past path
    pay peer per pick pin plan play plea plot plus pm pole poll pool poor pop port post pp pre pull pure push put quit
    race rail rain ran rang rank rare rate raw read real ref rely rent rep req rest rev rich ride ring rise risk rm road
    rob rock rode role roof room root rose row rows rte rule run runs rush s safe said sake sale same sand sat save saw
    say says seal seat sec secs see seek seem seen self sell send sent sep sept seq set sgt she shed ship shop shot show
    shut sick side sigh sign sir site sits six size skip slip slow snow so soft sold sole some son soon sort soul spot
    star stay ste step stop such sued suit sun sure swap tag tags tail take talk tank tape task tax team tel tell ten tend
    term test text than that the them then they thin this thu thur thus time tip tips tire to told toll tone too took tool top
    torn tour tow town trap tree trip true tube tue tues turn twin two type ugly undo unit up upon us use used user uses van
    vans vary vast ver very via vice view vol vote vs wage wait wake walk wall want war warn was wash wave way ways we
    weak wear web wed week well went were west wet what when who whom why wide wife wild will wind wine wing wire wise
    wish with word wore work worn wrap yard yeah year yes yet you your zero zip zone
    """.split()
)
_ALONE = frozenset("AI")
_OF_A_PLATE = re.compile(rf"[{''.join(sorted(_ALONE))}](?:{_WITHIN_A_PLATE.pattern})\d{{5,6}}\b")
"""Before so many digits such a word is a letter: no sentence has "A 12345"."""


SAYS_SOMETHING: Final = r"[^\W_]"
"""What a reason that is kept on record must hold, to say anything at all: a letter or digit, of any script."""
_SAYS_SOMETHING = re.compile(SAYS_SOMETHING)
WITHHELD: Final = "withheld - looks like a plate"
"""Stands for what was typed where a case number or a user id belongs, and is sealed; itself in the form of case numbers."""


def says_something(text: str) -> bool:
    """Whether there is a letter or digit in it: a full stop is no reason."""
    return _SAYS_SOMETHING.search(text) is not None


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
    words = [*_LETTERS_AND_DIGITS.finditer(text)]
    found = [
        one
        for at, one in enumerate(words)
        if _may_be_part(one[0]) or _OF_A_PLATE.match(text, one.start()) or _is_spelled(text, words, at)
    ]
    begins = [0] + [at for at, (one, other) in enumerate(pairwise(found), 1) if not _are_near(text, one, other)]
    for begin, end in pairwise([*begins, len(found)]):
        yield found[begin:end]


def _is_spelled(text: str, words: Sequence[re.Match[str]], at: int) -> bool:
    """Whether a word of one letter is one of several that a plate is spelled by: `F N A 5 7 9`, `FN A 5 79`."""
    if len(words[at][0]) > 1:
        return False
    before = words[at - 1][0] if at and _are_near(text, words[at - 1], words[at]) else ""
    after = words[at + 1][0] if at + 1 < len(words) and _are_near(text, words[at], words[at + 1]) else ""
    if any(len(word) == 1 and word.isalpha() and _may_be_part(word) for word in (before, after)):
        return True
    return before.isalpha() and _may_be_part(before) and after.isdigit()


def _are_near(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether nothing stands between them that no plate is parted by."""
    return _WITHIN_A_PLATE.fullmatch(text, one.end(), other.start()) is not None


def _may_be_part(word: str) -> bool:
    if word.isdigit():
        return len(word) <= _MOST_DIGITS
    if word.isalpha():
        return len(word) <= _MOST_LETTERS and not _is_ordinary(word)
    return len(word) <= _LONGEST


def _is_ordinary(word: str) -> bool:
    """In capitals even a word may be the letters of a plate, as in `CAR 1234`."""
    return word in _ALONE if word.isupper() else word.lower() in _ORDINARY
