"""Before the vendor is asked: the effective query is what was asked, less what the obligations take away."""

from datetime import UTC, datetime, time

from gateway.errors import Refusal
from gateway.model import EMERGENCY, AnswerRules, Decision, Declared, EffectiveQuery, Known, Query, Window
from gateway.obligations.draft import Draft, begin_draft, execute, impossible
from gateway.obligations.target import VendorTarget, aim
from gateway.reasons import Reason


def narrow(query: Query, declared: Declared, known: Known, decision: Decision, *, now: datetime) -> EffectiveQuery:
    """The effective query of an allowed search, with the rules its answer is filtered by.

    `known` and `now` must be those the decision was made on: obligations point into `known.matches`.

    Raises:
        Refusal: LOOKBACK_TOO_LONG where the clamp leaves nothing of the window; OBLIGATION_NOT_POSSIBLE for anything
            but an allow with purpose, case, plate and a closed window, whose obligations are all known, well formed
            and possible, the three that every search carries among them.
    """
    if decision.allow is not True or query.plate is None or declared.purpose is None or declared.case_number is None:
        raise impossible("decision")
    approvals = frozenset(approval.approval_id for approval in known.approvals)
    begun = begin_draft(query, matches=len(known.matches), now=now, approvals=approvals)
    draft = begun if declared.purpose == EMERGENCY else _within_limitation(begun, known)
    for obligation in decision.obligations:
        draft = execute(draft, obligation)
    if draft.counting is None or not draft.young_only or not draft.strip_links:
        raise impossible("obligations")
    counting = [known.matches[index] for index in sorted(draft.counting)]
    target = aim(query.plate, counting, not_before=draft.start, typed=draft.typed)
    return EffectiveQuery(
        vendor=query.vendor,
        operation=query.operation,
        plate=target.plate,
        plate_state=target.state,
        window=Window(start=draft.start, end=draft.end),
        limit=draft.limit,
        rest=query.rest,
        purpose=declared.purpose,
        case_number=declared.case_number,
        rules=(_answer_rules(draft, target),),
    )


def _within_limitation(draft: Draft, known: Known) -> Draft:
    """No earlier than the very day the case may be searched from; the policy judges it to a tenth of a day.

    Not in an emergency: it goes by a table of its own, and who is not of the case it cites must learn nothing of that.
    """
    if known.case is None or known.case.lookback_from is None:
        return draft
    start = max(draft.start, datetime.combine(known.case.lookback_from, time(), UTC))
    if start > draft.end:
        raise Refusal(Reason.LOOKBACK_TOO_LONG, note="the case's limitation leaves nothing of the window")
    return draft._replace(start=start)


def _answer_rules(draft: Draft, target: VendorTarget) -> AnswerRules:
    return AnswerRules(
        not_before=draft.start,
        not_after=draft.end,
        plates=target.rules,
        masked=draft.masked,
        strip_links=draft.strip_links,
        limit=draft.limit,
    )
