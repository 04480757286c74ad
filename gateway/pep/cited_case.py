"""The case number as it was typed: what of it may be kept in clear, before and after it is known whether the case exists.

A person who mistakes one field for the other, or whose tool does, cites a plate as a case. The record keeps case numbers
in clear, and the policy's input with it; so a number that no case has and that looks like a plate is kept sealed alone.
"""

import re
from typing import Final

from gateway.errors import Refusal
from gateway.kept_words import WITHHELD, tell_plates
from gateway.model import EMERGENCY, Declared, Dossier
from gateway.plates import SoughtPlate, TypedPlate, fold, normalize
from gateway.reasons import Reason
from gateway.value import replace

_SAME: Final = "The plate and the case number that were given are the same: one of them stands in the other's place."
_SEPARATORS: Final = re.compile(r"[^A-Za-z0-9]")


def refuse_plate_as_case(case_number: str | None, plate: SoughtPlate | None) -> None:
    """Refuse what cites the plate that it is about as its case, before anything of it is kept.

    Raises:
        Refusal: REQUEST_MALFORMED.
    """
    cited = TypedPlate(_SEPARATORS.sub("", case_number or ""))
    if plate is not None and cited and fold(normalize(cited)) == fold(plate):
        raise Refusal(Reason.REQUEST_MALFORMED, hint=_SAME)


def cite(case: Dossier, declared: Declared) -> Declared:
    """Put into the dossier what was declared, and give it: with the case withheld if it is unknown and like a plate.

    An emergency's is kept: its case file is often not opened yet, and its review needs what was cited.
    """
    number = declared.case_number
    exists = case.known is not None and case.known.case is not None
    if number is None or exists or declared.purpose == EMERGENCY or tell_plates(number) is None:
        case.declared, case.withheld_case = declared, None
    else:
        case.declared, case.withheld_case = replace(declared, case_number=WITHHELD), number
    return case.declared
