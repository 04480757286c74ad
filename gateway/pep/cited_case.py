"""The case number as it was typed: what of it may be kept in clear, before and after it is known whether the case exists.

A person who mistakes one field for the other, or whose tool does, cites a plate as a case. The record keeps case numbers
in clear, and the policy's input with it; so a number that no case has and that looks like a plate is kept sealed alone.
"""

import hashlib
import hmac
import re
from typing import Final

from gateway.errors import Refusal
from gateway.kept_words import WITHHELD, tell_plates
from gateway.model import Declared, Dossier
from gateway.plates import SoughtPlate, TypedPlate, fold, normalize
from gateway.reasons import Reason
from gateway.value import replace

_SAME: Final = "The plate and the case number that were given are the same: one of them stands in the other's place."
_LIKE_A_PLATE: Final = "No case of yours has this number, and it looks like a license plate: give the case's number."
_DIGITS: Final = 12
_SEPARATORS: Final = re.compile(r"[^A-Za-z0-9]")


def refuse_plate_as_case(case_number: str | None, plate: SoughtPlate | None) -> None:
    """Refuse what cites the plate that it is about as its case, before anything of it is kept.

    Raises:
        Refusal: REQUEST_MALFORMED.
    """
    cited = TypedPlate(_SEPARATORS.sub("", case_number or ""))
    if plate is not None and cited and fold(normalize(cited)) == fold(plate):
        raise Refusal(Reason.REQUEST_MALFORMED, hint=_SAME)


def refuse_like_plate(case_number: str, otherwise: str) -> None:
    """Refuse a case that would be kept in clear, that is none of the person's, and that looks like a plate.

    Whether it exists is told alike. `otherwise` is what else to do.

    Raises:
        Refusal: REQUEST_OUT_OF_RANGE.
    """
    if tell_plates(case_number) is not None:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field="case_number", hint=f"{_LIKE_A_PLATE} {otherwise}")


def cite(case: Dossier, declared: Declared, secret: bytes) -> Declared:
    """Put into the dossier what was declared, and give it: with the case withheld if it is unknown and like a plate.

    What stands for it ends in digits that come of the number and the installation's `secret`, and are another's for another
    number: an approval for one call counts for no other.
    So is the number of an emergency's call: nobody who searches in an emergency is held up, and auditors open what was cited.
    """
    number = declared.case_number
    exists = case.known is not None and case.known.case is not None
    if number is None or exists or tell_plates(number) is None:
        case.declared, case.withheld_case = declared, None
    else:
        case.declared, case.withheld_case = replace(declared, case_number=name_withheld(number, secret)), number
    return case.declared


def name_withheld(number: str, secret: bytes) -> str:
    """What stands on record for a number that is withheld: digits alone, which are no plate to any rule that looks for one."""
    digest = hmac.digest(secret, b"withheld case\0" + number.encode(), hashlib.sha256)
    return f"{WITHHELD} {int.from_bytes(digest[:8]) % 10**_DIGITS:0{_DIGITS}d}"
