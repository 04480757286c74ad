"""Single values of a request in canonical form: plate, state, instant, reason, case number.

Each reader takes a JSON value and our name of its field, and gives the canonical value or refuses.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches

from gateway import clock, plates
from gateway.errors import Refusal
from gateway.model import Claims, Json, PlateTerm
from gateway.model.case_numbers import FORM, is_case_number
from gateway.reasons import Reason
from gateway.unseen import name_character, tell_foreign, tell_unseen
from gateway.vendors.profile.shapes import LEAVE_OUT

MAX_REASON = 500  # characters
MAX_WILDCARDS = 3  # more would match anything, at a cost that grows with each
UNESCAPED_PLUS = "a plus sign stood unescaped in a query string"

_PURPOSE = re.compile(r"[a-z][a-z_]{2,63}")
_NEAR = 0.75
_IN_FULL = re.compile(r"[a-z]{4,}(?:_[a-z]+)*|[a-z]{2,}(?:_[a-z]+)+")
_APART = re.compile(r"[^a-z]+")
_EMPTY = "It is empty: give the plate."
_TOO_LONG = f"Allowed: at most {plates.MOST_CHARACTERS} characters."
_WHOLE_PLATES = "This operation takes whole plates only, no wildcard."
_BETWEEN_PLATES = ",;/|&+"
_ALSO_CALLED = {"district_of_columbia": "DC"}
_COUNTRIES = frozenset({"mexico"})
"""Not to be taken for a state whose name is like theirs."""
_ONE_PLATE = "One plate a search: ask for each by itself."
_NO_SUCH_TIME = "The form is right, but there is no such day, hour, second or zone."
_NO_CONTROLS = (
    "Write the words anew. Allowed: any characters but control characters and line or paragraph separators; plain line breaks and tabs "
    "are well."
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_SPACED_ZONE = re.compile(r".*[0-9] [0-9]{2}:[0-9]{2}")


def plate_term(value: Json, field: str, *, wildcard: str | None, match: str, state: str | None) -> PlateTerm:
    """A plate in normal form; with the profile's wildcard in it, a pattern with `*`, which makes it partial.

    Raises:
        Refusal: `request_plate_characters`, `request_out_of_range` for its wildcards or length, `request_wrong_type`.
    """
    text = _text(value, field)
    pieces = text.split(wildcard) if wildcard is not None else [text]
    typed = "".join(pieces)
    if len(typed) > plates.MOST_CHARACTERS:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=_TOO_LONG)
    if not plates.is_accepted(typed):
        hint = None if wildcard is None else f"For what is not known write {wildcard}."
        if any(sign in text for sign in _BETWEEN_PLATES):
            hint = _ONE_PLATE
        if wildcard is None and plates.WILDCARD in text:
            hint = _WHOLE_PLATES
        if not text.strip(" -"):
            hint = _EMPTY
        elif not typed.strip(" -"):
            hint = f"It is {wildcard} alone: write the letters and digits that are known, and {wildcard} only for the rest."
        raise Refusal(
            Reason.REQUEST_PLATE_CHARACTERS, field=field, hint=tell_unseen(text) or tell_foreign(text) or hint
        )
    sought = sought_plate(plates.TypedPlate(plates.WILDCARD.join(pieces)), field, wildcard=wildcard)
    return PlateTerm(
        text=sought,
        match="partial" if len(pieces) > 1 else match,
        fixed_characters=len(sought) - sought.count(plates.WILDCARD),
        state=state,
    )


def sought_plate(typed: plates.TypedPlate, field: str, *, wildcard: str | None = plates.WILDCARD) -> plates.SoughtPlate:
    """The normal form of an accepted plate or pattern; `wildcard` is how the vendor writes `*`.

    Raises:
        Refusal: `request_out_of_range` for wildcards side by side, and for too many.
    """
    if plates.has_wildcards_in_row(typed):
        hint = f"Write one {wildcard} for each gap: it stands for any number of characters, also for none."
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=hint)
    sought = plates.normalize_sought(typed)
    if sought.count(plates.WILDCARD) > MAX_WILDCARDS:
        raise Refusal(Reason.REQUEST_OUT_OF_RANGE, field=field, hint=f"Allowed: at most {MAX_WILDCARDS} wildcards.")
    return sought


def state_code(value: Json, field: str, states: dict[str, str]) -> str:
    """The two-letter code of a vendor's state; without a table of the vendor's, the code itself.

    Raises:
        Refusal: `request_out_of_range`, `request_wrong_type`.
    """
    text = _text(value, field)
    code = states.get(text) if states else text
    if code not in plates.STATES:
        raise Refusal(
            Reason.REQUEST_OUT_OF_RANGE,
            field=field,
            hint=tell_unseen(text) or _tell_states(text, states) + ("" if text else LEAVE_OUT),
        )
    return code


def _tell_states(text: str, states: Mapping[str, str]) -> str:
    """How states are written here, and the one that was probably meant."""
    if not states:
        return "Allowed: two capital letters, as AR."
    by_code = {code: name for name, code in states.items()}
    written = _APART.sub("_", text.lower()).strip("_")
    code = _ALSO_CALLED.get(written, text.upper())
    alike = () if written in _COUNTRIES else get_close_matches(written, [*states], n=1, cutoff=_NEAR)
    near = by_code.get(code) or next(iter(alike), None)
    meant = f"Did you mean {near}? " if near else ""
    form = ", in full, in small letters, with _ for a blank" if all(map(_IN_FULL.fullmatch, states)) else ""
    return f"{meant}Allowed: the vendor's names of states{form}. For a plate of none of these leave it out."


def instant(value: Json, field: str) -> datetime:
    """An RFC 3339 instant in whole milliseconds (finer fractions are cut), the precision of everything that follows.

    Raises:
        Refusal: `request_bad_time`, `request_wrong_type`.
    """
    text = _text(value, field)
    found = clock.parse_instant(text)
    if found is None:
        note = UNESCAPED_PLUS if _SPACED_ZONE.fullmatch(text) else None
        hint = _NO_SUCH_TIME if clock.is_written_right(text) else tell_unseen(text)
        raise Refusal(Reason.REQUEST_BAD_TIME, field=field, note=note, hint=hint)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def reason_text(value: Json, field: str) -> str:
    """The reason as the person wrote it.

    Raises:
        Refusal: `request_reason_too_long`, `request_malformed` for control characters, `request_wrong_type`.
    """
    text = _text(value, field)
    if len(text) > MAX_REASON:
        raise Refusal(Reason.REQUEST_REASON_TOO_LONG, field=field)
    if control := _CONTROL.search(text):
        unseen = f"It holds a character that cannot be seen, {name_character(text, control.start())}."
        raise Refusal(Reason.REQUEST_MALFORMED, field=field, hint=f"{unseen} {_NO_CONTROLS}")
    return text


def case_number(value: Json, field: str) -> str:
    """A case number: at most 64 letters, digits and `. _ / -` and spaces.

    Raises:
        Refusal: `request_malformed`, `request_wrong_type`.
    """
    text = _text(value, field)
    if not is_case_number(text):
        raise Refusal(Reason.REQUEST_MALFORMED, field=field, hint=tell_unseen(text) or f"Allowed: {FORM}.")
    return text


def claims(reason: str | None, case: str | None) -> Claims:
    """What the vendor's own fields say: the purpose is what stands before the first `|` or `:` of the reason."""
    leading = re.split(r"[|:]", reason, maxsplit=1)[0].strip(" ") if reason else ""
    purpose = leading if _PURPOSE.fullmatch(leading) else None
    return Claims(purpose=purpose, case_number=case, reason_text=reason)


def _text(value: Json, field: str) -> str:
    if not isinstance(value, str):
        raise Refusal(
            Reason.REQUEST_WRONG_TYPE, field=field, hint=f"Allowed: a text.{'' if value is not None else LEAVE_OUT}"
        )
    return value
