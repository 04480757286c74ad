"""The purpose that a person probably meant, `criminal_investigation` for "Criminal Investigation"; else those there are.

What is suggested comes from the policy's own table, which every officer may read, and follows from what was sent alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from gateway.model import EMERGENCY, Dossier
from gateway.near_words import find_begun
from gateway.pep.ports import ListedPurpose, Mounted
from gateway.reasons import AnyReason, Reason
from gateway.unseen import drop_unseen, tell_unseen

_NEAR = 0.75
_OF_PURPOSE = frozenset({Reason.PURPOSE_MISSING, Reason.PURPOSE_NOT_ALLOWED, Reason.REQUEST_MALFORMED})
_FIELDS: Mapping[AnyReason, str] = {Reason.PURPOSE_MISSING: "reason", Reason.CASE_MISSING: "case_number"}
"""In which of a vendor's fields what is missing would stand."""
PARTIAL, PROTECTED = "partial_plate", "protected_plate"
SCOPES: Mapping[AnyReason, str] = {
    Reason.PARTIAL_PLATE_NOT_APPROVED: PARTIAL,
    Reason.GEO_SEARCH_NOT_APPROVED: "geo_search",
    Reason.PURPOSE_NEEDS_APPROVAL: "other_purpose",
    Reason.EMERGENCY_NEEDS_SECOND_PERSON: PROTECTED,
    # Told for protected plates too, so asking must not show which of the two it was.
    Reason.TARGET_UNKNOWN: PROTECTED,
}
"""Which approval helps after a reason: by what was told alone, so that it says nothing of a plate."""
_ANY_CODE = "It is a code in small letters: GET /gateway/whoami lists yours."
_COMES_FIRST = "In the vendor's reason field it comes first, with a colon after it and then the reason in words."
_CODE = re.compile(r"([a-z_]+)[^a-z_]")
_APART = re.compile(r"[^a-z]+")


def suggest_purpose(
    case: Dossier,
    reason: AnyReason,
    field: str | None,
    purposes: Mapping[str, ListedPurpose],
    circumstances: Sequence[str] = (),
    mounted: Mounted | None = None,
) -> str | None:
    """A sentence with the code that was probably meant, else with those of the person's component.

    None where the purpose is not what is wrong; of whom nothing is known, none is listed. Whoever begins with one of the
    `circumstances` is shown how an emergency is claimed. What needs a written reason is told
    apart at a vendor whose searches have no field for one. Whose component no purpose names
    is told so, for another purpose would not help.
    """
    if reason not in _OF_PURPOSE or (reason is Reason.REQUEST_MALFORMED and field != "X-LPR-Purpose"):
        return None
    written = _written(case) or ""
    if begun := _tell_around_code(written, field, purposes):
        return begun
    meant = find_meant_purpose(written, purposes)
    mute = mounted if mounted is not None and not mounted.profile.takes_reason else None
    if meant is not None and meant != written:
        apart = f" {_tell_apart([meant], mute)}" if mute is not None and purposes[meant].needs_reason else ""
        return f"Did you mean {meant}?{apart}"
    claimed = find_meant_purpose(written, circumstances)
    if claimed is not None and mute is None:
        return f"An emergency begins with its purpose: {EMERGENCY}: {claimed}: and what happened, in words."
    own = _list_own(case, written, purposes, mute) or (_ANY_CODE if reason is Reason.REQUEST_MALFORMED else None)
    in_words = reason is Reason.PURPOSE_MISSING and written and mounted is not None and mute is None
    return f"{own} {_COMES_FIRST}" if own and in_words else own


def _tell_around_code(written: str, field: str | None, purposes: Iterable[str]) -> str | None:
    """What must not stand beside a code that is right; None where none is."""
    if (seen := drop_unseen(written)) != written and seen.strip(" ") in purposes:
        return tell_unseen(written)
    begun = _CODE.match(written)
    if begun is None or begun[1] not in purposes:
        return None
    if field == "X-LPR-Purpose":
        return f"This header has the code alone: {begun[1]}. Words go into the vendor's reason field, where it has one."
    return f"A colon or | comes right after the code: {begun[1]}: and the reason in words."


def _list_own(case: Dossier, written: str, purposes: Mapping[str, ListedPurpose], mute: Mounted | None) -> str | None:
    """Those of the person's component; first those that a vendor can carry whose searches have no words."""
    component = case.known.subject.component if case.known is not None and case.known.subject is not None else None
    own = sorted(code for code, listed in purposes.items() if component in listed.components)
    others = [code for code in own if code != written]  # one that was refused is not shown as good
    apart = [code for code in others if mute is not None and purposes[code].needs_reason]
    carried = [code for code in others if code not in apart]
    if others:
        told = f"Yours are: {', '.join(carried)}." if carried else None
        return " ".join(filter(None, (told, _tell_apart(apart, mute) if mute is not None and apart else None)))
    if not purposes or own or case.known is None:
        return None
    lacking = "Your component has none: ask the privacy office."
    return lacking if component else "No component is on file for you: ask whoever keeps the list of people."


def list_fitting(case: Dossier, purposes: Mapping[str, ListedPurpose]) -> str | None:
    """The person's purposes for this kind of case; None where that is not known. Told beside what says that the kind is wrong."""
    known = case.known
    if known is None or known.case is None or known.subject is None:
        return None
    component, kind = known.subject.component, known.case.kind
    fitting = sorted(
        code for code, listed in purposes.items() if component in listed.components and kind in listed.case_kinds
    )
    return (
        f"Yours for this kind of case are: {', '.join(fitting)}." if fitting else "You have none for this kind of case."
    )


def _tell_apart(codes: list[str], mute: Mounted) -> str:
    return f"{' and '.join(codes)} would need a written reason. {no_place_for_reason(mute)}"


def find_meant_purpose(written: str, purposes: Iterable[str]) -> str | None:
    """The code that these words are nearly, or the only one that begins with them, as `exigent`."""
    known = [*purposes]
    return find_near_purpose(written, known) or find_begun(_read_code(written), known)


def find_near_purpose(written: str, purposes: Iterable[str]) -> str | None:
    """The code that these words are nearly."""
    return next(iter(get_close_matches(_read_code(written), [*purposes], n=1, cutoff=_NEAR)), None)


def _read_code(written: str) -> str:
    return _APART.sub("_", written.lower()).strip("_")


def no_place_for_reason(mounted: Mounted) -> str:
    """What to do where a purpose needs a written reason and the vendor's searches have no field for one."""
    return f"Searches at {mounted.name} have no field for a written reason: search at a vendor whose searches have one."


def tell_place(mounted: Mounted | None, reason: AnyReason) -> str | None:
    """Where a purpose or a case belongs at a vendor whose searches have no field for it; None where one has."""
    meaning = _FIELDS.get(reason)
    if mounted is None or meaning is None or meaning in mounted.profile.meanings:
        return None
    return f"Searches at {mounted.name} have no field for it: send the header, or declare a context."


def tell_call(case: Dossier, reason: AnyReason) -> str | None:
    """What else will do where an emergency names no case; None where something else is wrong."""
    urgent = case.declared is not None and case.declared.purpose == EMERGENCY
    return "In an emergency the number of the call will do." if urgent and reason is Reason.CASE_MISSING else None


def _written(case: Dossier) -> str | None:
    """What stands where the purpose belongs: in the header, else before the first `|` or `:` of the vendor's reason."""
    header = case.request.header("x-lpr-purpose")
    if header:
        return header
    claims = case.query.claims if case.query else None
    if claims is None:
        return None
    return claims.purpose or re.split(r"[|:]", claims.reason_text or "", maxsplit=1)[0]
