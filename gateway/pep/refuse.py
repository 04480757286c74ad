"""The one place where a refusal, or an error that nobody foresaw, becomes a record and an answer."""

from contextlib import suppress

import orjson
import structlog

from gateway.disclosure import Disclosed, DisclosureContext, disclose
from gateway.errors import Refusal
from gateway.model import EMERGENCY, Answer, Dossier, Json, Query
from gateway.pep.case_gaps import tell_gap
from gateway.pep.ceilings import tell_ceiling, tell_emergency_ceiling, warn
from gateway.pep.emergency_end import settle_emergency
from gateway.pep.emergency_statement import OF_A_STATEMENT, tell_statement
from gateway.pep.emergency_way import OF_ITS_WAY, tell_way
from gateway.pep.forgotten_context import find_about_context, tell_context
from gateway.pep.lookback import tell_lookback
from gateway.pep.near_case import tell_near_case
from gateway.pep.open_operations import OpenOperation, tell_not_taken, tell_roles
from gateway.pep.outcome import failure
from gateway.pep.own_approvals import tell_own_approval
from gateway.pep.ports import Mounted, Ports
from gateway.pep.problem import PROBLEM, Hints, Remedy, describe_reasons, problem, tell_reason
from gateway.pep.release import hold
from gateway.pep.sign_in import tell_old_sign_in
from gateway.pep.suggestion import SCOPES, list_fitting, no_place_for_reason, suggest_purpose, tell_call, tell_place
from gateway.reasons import AnyReason, Reason
from gateway.value import replace
from gateway.vendors import problem_extensions

_FORBIDDEN = 403
_WHOLE_SEARCH = "plate.search"
_OF_THE_PERSON = frozenset(
    {Reason.ROLE_MAY_NOT_QUERY, Reason.TRAINING_LAPSED, Reason.RULES_NOT_ACCEPTED, Reason.ASSURANCE_TOO_LOW}
)
_OF_THE_CASE = frozenset({Reason.PURPOSE_CASE_MISMATCH, Reason.CASE_CLOSED})
_OF_THE_REQUEST = range(400, 500)
_COMPARE = Remedy(
    "Compare each value with the vendor's description of its API; where none is wrong, call the gateway's operator."
)
"""What is told where the vendor's status blames the request: to try it again would not help."""
_REPEAT = Remedy(
    "Repeat the search: the vendor may not know this page any more. Where that is refused too, call the gateway's operator."
)
_log = structlog.get_logger(__name__)


def refuse(ports: Ports, case: Dossier, error: Exception, mounted: Mounted | None = None) -> Answer:
    """Record the refusal and answer it; where it cannot be recorded, that is the answer.

    Whatever else was raised is what nobody foresaw: it is told to the operator, and is the refusal `internal_error`.
    """
    refusal = error if isinstance(error, Refusal) else _refuse_unforeseen(error, case)
    if case.review_due:
        settle_emergency(ports.emergencies, case, refusal)
    told = disclose(refusal.reasons, disclosure_context(case))
    hints = _find_hints(ports, case, refusal, told, mounted)
    case.hints = {reason.value: hint for reason, hint in hints.items()}
    answer = _answer(case, refusal, told, mounted, hints)
    answer = replace(answer, headers=answer.headers + warn(case, ports.ceilings()))
    ports.failures.note_failure(refusal.reason, vendor=case.mount, decision_id=case.decision_id, note=refusal.note)
    if refusal.reason is Reason.AUDIT_UNAVAILABLE:
        return _answer_unrecorded(case, mounted)
    try:
        _record(ports, case, refusal, told, answer)
    except Refusal as unrecorded:
        ports.failures.note_failure(
            unrecorded.reason, vendor=case.mount, decision_id=case.decision_id, note=unrecorded.note
        )
        return _answer_unrecorded(case, mounted)
    hold(told, case.started_ns)
    return answer


def _find_hints(
    ports: Ports, case: Dossier, refusal: Refusal, told: Disclosed, mounted: Mounted | None
) -> dict[AnyReason, str]:
    """A sentence beside each remedy that needs one. What the refusal brings itself belongs to the first."""
    found = {reason: hint for reason in told if (hint := _find_hint(ports, case, refusal, reason, mounted))}
    if case.answered is not None and case.answered.status in _OF_THE_REQUEST:
        found[Reason.VENDOR_REFUSED] = _REPEAT if case.opening is not None else _COMPARE
    if Reason.EMERGENCY_NOT_ALLOWED in told:
        found |= tell_way(case, told.reasons, ports.emergency_ways(), _find_whole_search(mounted))
    if refusal.hint is not None:
        compare = found.get(told.first) is _COMPARE  # what an emergency counts for is told beside it
        found[told.first] = Remedy(f"{_COMPARE} {refusal.hint}") if compare else refusal.hint
    if mounted is not None and Reason.REASON_MISSING in told and not mounted.profile.takes_reason:
        remedy = Remedy(no_place_for_reason(mounted))
        found |= {reason: remedy for reason in (*OF_A_STATEMENT, *OF_ITS_WAY) if reason in told}
    return _add_context(found, case, told)


def _add_context(found: dict[AnyReason, str], case: Dossier, told: Disclosed) -> dict[AnyReason, str]:
    """The same, with a word on the context that named the purpose or case that is wrong, once."""
    about = find_about_context(told.reasons)
    context = tell_context(case) if about is not None else None
    if about is None or context is None:
        return found
    before = found.get(about)
    return found | {about: context if before is None else type(before)(f"{before} {context}")}


def _find_hint(ports: Ports, case: Dossier, refusal: Refusal, reason: AnyReason, mounted: Mounted | None) -> str | None:
    own = tell_own_approval(case, reason, ports.longest_approval()) if reason in SCOPES else None
    if reason is Reason.PARTIAL_PLATE_NOT_APPROVED:
        no_approval = _tell_not_taken(ports, case, mounted) or _tell_too_few(case, ports.fixed_characters(), mounted)
        return no_approval or _join(_tell_whole_search(case, mounted), own)
    if reason is Reason.EMERGENCY_CEILING:
        return tell_emergency_ceiling(case, ports.emergencies_most())
    if (in_force := _tell_in_force(ports, case, reason)) is not None:
        return in_force
    if reason in _OF_THE_CASE and (gap := tell_gap(case.known.case if case.known else None, reason)) is not None:
        return gap
    place = tell_call(case, reason) or tell_place(mounted, reason)
    if reason is Reason.PURPOSE_CASE_MISMATCH:
        return list_fitting(case, ports.purposes())
    place = place or (_tell_near_case(ports, case) if reason is Reason.CASE_NOT_ASSIGNED else None)
    purpose = suggest_purpose(case, reason, refusal.field, ports.purposes(), ports.circumstances(), mounted)
    lookback, ceiling = tell_lookback(case, reason, ports.lookbacks()), tell_ceiling(case, reason, ports.ceilings())
    return lookback or ceiling or _join(place, purpose, own)


def _join(*sentences: str | None) -> str | None:
    return " ".join(filter(None, sentences)) or None


def _tell_in_force(ports: Ports, case: Dossier, reason: AnyReason) -> str | None:
    """What the policy in force says of itself, of its emergencies, and of whoever searches."""
    if reason in OF_A_STATEMENT:
        return tell_statement(case, reason, ports.circumstances())
    if reason in _OF_THE_PERSON:
        return _tell_of_person(ports, case, reason)
    if reason is Reason.POLICY_EXPIRED and ports.policy_ended():
        return "The office itself has ended the one in force, whether or not its time was up."
    return None


def _tell_of_person(ports: Ports, case: Dossier, reason: AnyReason) -> str | None:
    """What the policy in force asks of whoever searches, and this person lacks."""
    if reason is Reason.ROLE_MAY_NOT_QUERY:
        return tell_roles(_find_open(ports, case).roles)
    if reason is Reason.TRAINING_LAPSED and (version := ports.course_version()) is not None:
        return f"Version {version} of it counts."
    if reason is Reason.RULES_NOT_ACCEPTED:
        return "Their text is at GET /gateway/acknowledgements/current."
    return tell_old_sign_in(case, ports.sign_in_minutes()) if reason is Reason.ASSURANCE_TOO_LOW else None


def _tell_near_case(ports: Ports, case: Dossier) -> str | None:
    subject = case.known.subject if case.known else None
    if subject is None or case.declared is None or case.declared.case_number is None:
        return None
    with suppress(Refusal):  # facts that cannot be read now are told by the next request
        return tell_near_case(case.declared.case_number, ports.open_cases(subject.user_id))
    return None


def _find_searched(case: Dossier) -> Query | None:
    """The search that is asked for, or of a page the one that opened it."""
    return case.opening.query if case.opening else case.query


def _find_open(ports: Ports, case: Dossier) -> OpenOperation:
    """To whom and for which plates this operation is open: to nobody, where the table does not list it."""
    return ports.operations().get(case.operation or "", OpenOperation())


def _tell_not_taken(ports: Ports, case: Dossier, mounted: Mounted | None) -> Remedy | None:
    asked = _find_searched(case)
    if asked is None or asked.plate is None:
        return None
    return tell_not_taken(_find_open(ports, case), asked.plate.match, _find_whole_search(mounted))


def _tell_too_few(case: Dossier, least: float | None, mounted: Mounted | None) -> Remedy | None:
    """What no approval changes is told in place of the advice to ask for one; None where enough is known."""
    asked = _find_searched(case)
    if asked is None or asked.plate is None or least is None or asked.plate.fixed_characters >= least:
        return None
    whole = _find_whole_search(mounted)
    at = "" if whole is None else f" at {whole}"
    return Remedy(
        f"At least {least:g} characters must be fixed, approval or not: give more, or search for the full plate alone{at}."
    )


def _tell_whole_search(case: Dossier, mounted: Mounted | None) -> str | None:
    """Where a plate that was given whole is searched without an approval; None for a part, or where there is no such."""
    asked = _find_searched(case)
    if asked is None or asked.plate is None or asked.plate.match != "fuzzy" or mounted is None:
        return None
    whole = _find_whole_search(mounted)
    found = "" if whole is None else f" Without one, search at {whole}."
    return f"The plate is whole: for its look-alikes the approval is needed too.{found}"


def _find_whole_search(mounted: Mounted | None) -> str | None:
    """Where this vendor searches whole plates; None where it does not."""
    whole = mounted.profile.by_name.get(_WHOLE_SEARCH) if mounted is not None else None
    return None if whole is None else whole.paths[0]


def _refuse_unforeseen(error: Exception, case: Dossier) -> Refusal:
    _log.error("internal_error", error=type(error).__name__, decision_id=case.decision_id, exc_info=error)
    return Refusal(Reason.INTERNAL_ERROR)


def disclosure_context(case: Dossier) -> DisclosureContext:
    """What this person may know already of the cited case and the plate."""
    query = _find_searched(case)
    pattern = query is not None and query.plate is not None and query.plate.match == "partial"
    if case.declared is not None and case.declared.purpose == EMERGENCY:
        # Nothing of the case is judged then, so nothing of it is told.
        return DisclosureContext(assigned=True, target_in_case=False, pattern=pattern)
    if case.known is None or case.known.case is None or case.declared is None:
        return DisclosureContext(assigned=False, target_in_case=False, pattern=pattern)
    cited = case.declared.case_number
    in_case = any(match.case_number == cited for match in case.known.matches)
    return DisclosureContext(assigned=case.known.case.assigned, target_in_case=in_case, pattern=pattern)


def _record(ports: Ports, case: Dossier, refusal: Refusal, told: Disclosed, answer: Answer) -> None:
    if case.recorded:
        ports.recorder.record_outcome(case, failure(case, refusal, answer))
    else:
        ports.recorder.record_refusal(case, refusal, told, status=answer.status)


def _answer(case: Dossier, refusal: Refusal, told: Disclosed, mounted: Mounted | None, hints: Hints) -> Answer:
    if case.explain and told.first.text.status == _FORBIDDEN:
        return _explain(case, told, hints)
    extensions = _extensions(told.first, mounted, refusal.field, hints.get(told.first))
    return problem(
        told,
        request_id=case.request.request_id,
        decision_id=case.decision_id,
        field=refusal.field,
        retry_after_s=refusal.retry_after_s,
        media_type=_media_type(mounted),
        extensions=extensions,
        hints=hints,
    )


def _explain(case: Dossier, told: Disclosed, hints: Hints) -> Answer:
    """An explained denial is an answer, not an error."""
    reasons: list[Json] = describe_reasons(told, None, hints)
    document: dict[str, Json] = {"allow": False, "decision_id": case.decision_id, "reasons": reasons}
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Answer(status=200, headers=headers, body=orjson.dumps(document))


def _answer_unrecorded(case: Dossier, mounted: Mounted | None) -> Answer:
    return problem(
        disclose([Reason.AUDIT_UNAVAILABLE]),
        request_id=case.request.request_id,
        decision_id=case.decision_id,
        media_type=_media_type(mounted),
        extensions=_extensions(Reason.AUDIT_UNAVAILABLE, mounted) | {"forwarded": case.forwarded},
    )


def _media_type(mounted: Mounted | None) -> str:
    return PROBLEM if mounted is None else mounted.profile.media.error


def _extensions(
    reason: AnyReason, mounted: Mounted | None, field: str | None = None, hint: str | None = None
) -> dict[str, Json]:
    """The members that this vendor's own tools look for in an error."""
    return {} if mounted is None else problem_extensions(mounted.profile, tell_reason(reason, field, hint))
