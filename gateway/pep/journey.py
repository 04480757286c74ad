"""The policy enforcement point: the life of one request to a vendor, in ten steps.

Each step gives its product, which the dossier keeps, or raises a `Refusal`; one place turns a refusal into a record and
an answer. From step 6 on the steps work on a `Permit`, in which nothing is unknown. The picture in docs/architecture.md has the same numbers.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from gateway import vendors
from gateway.errors import Refusal
from gateway.identity import Presented, declare, header_claims, pseudonym
from gateway.identity.declared import SEARCH
from gateway.model import (
    EMERGENCY,
    Answer,
    Claims,
    Decision,
    Declared,
    Dossier,
    Filtered,
    Identity,
    Known,
    PageOpening,
    Permit,
    Query,
    Question,
    Usage,
    VendorAnswer,
)
from gateway.obligations import filter_results, for_page, narrow
from gateway.pdp import policy_input
from gateway.pdp.targets import distinct_targets
from gateway.pep.accepted_text import keep_counting
from gateway.pep.admission import admit
from gateway.pep.ceilings import count_for, warn
from gateway.pep.cited_case import cite, refuse_plate_as_case
from gateway.pep.held_times import tell_held
from gateway.pep.lookback import begin_in_time
from gateway.pep.outcome import (
    PAGE,
    explanation,
    outcome,
    reply,
    require_readable,
    tell_limit,
    tell_spelling,
    tell_unread,
    tell_window,
)
from gateway.pep.paging import open_search, seal
from gateway.pep.ports import Mounted, OwnRecords, Ports
from gateway.pep.problem import Remedy
from gateway.pep.refuse import refuse
from gateway.pep.subject import ProvenSubject, identify
from gateway.pep.suggestion import find_near_purpose
from gateway.reasons import Reason
from gateway.value import Value, replace


class _Asked(Value, frozen=True, kw_only=True):
    """Who asks, for whom, and what."""

    identity: Identity
    subject: ProvenSubject
    query: Query


def serve(ports: Ports, mounted: Mounted, case: Dossier, body: Callable[[], bytes]) -> Answer:
    """Answer one request; `case` is the opened dossier (step 1), `body` reads its body, once it is known who asks.

    A dossier that is already identified (an explained request) is not identified again.
    """
    try:
        case.identity = identity = case.identity or _identify(ports, mounted, case)  # 2
        subject = admit(ports, case)
        case.query = query = _recognise(mounted, case, body)  # 3
        asked = _Asked(identity=identity, subject=subject, query=query)
        declared, own = _declare(ports, mounted, case, asked)
        cite(case, declared, ports.secrets.approvals)
        known, case.usage = _gather(ports, case, asked, declared, own)  # 4
        case.known = known
        declared = cite(case, declared, ports.secrets.approvals)
        asked = replace(asked, query=begin_in_time(case, query, ports.lookbacks()))
        case.policy_reviewed = ports.policy_reviewed()
        case.input_text = policy_input(case)  # 5
        case.decision = decision = ports.engine.decide(case.input_text)
        permit = _narrow(ports, mounted, case, asked, declared, known, decision)  # 6
        ports.recorder.record_allow(case)  # 7
        if case.explain:
            told = (*tell_held(permit.effective), *tell_spelling(permit), *warn(case, ports.ceilings()))
            return explanation(permit, case.decision_id, told)
        case.recorded = True
        if case.reviews is not None:
            case.review_due = ports.emergencies.open_review(case)
        answer = _forward(mounted, case, permit)  # 8
        filtered, content = _filter(ports, mounted, case, permit, answer)  # 9
        ports.recorder.record_outcome(case, outcome(case, filtered, content))  # 10
        window = tell_window(query if case.opening is None else case.opening.query, permit.effective)
        told = (*tell_limit(permit.effective, filtered), *window, *tell_held(permit.effective), *tell_spelling(permit))
        told += (*warn(case, ports.ceilings()), *tell_unread(ports.failures, case, filtered))
        return reply(mounted, case, content, told)
    except Exception as error:  # noqa: BLE001 - `refuse` tells a refusal from what was not foreseen
        return refuse(ports, case, error, mounted)


def _identify(ports: Ports, mounted: Mounted, case: Dossier) -> Identity:
    """2. Who asks: the credential in the vendor's own place, or the certificate that was shown in TLS."""
    ports.clock.check()
    value = vendors.find_credential(mounted.profile, case.request)
    presented = None if value is None else Presented(value=value, place=mounted.profile.credential.place)
    return identify(ports, case, presented, mount=mounted.name, place=mounted.profile.credential.sentence)


def _recognise(mounted: Mounted, case: Dossier, body: Callable[[], bytes]) -> Query:
    """3. What is asked, in canonical form."""
    case.request = replace(case.request, body=body())
    path = vendors.split_target(case.request.target).path.removeprefix(mounted.prefix)
    query = vendors.recognise(mounted.profile, case.request, path)
    case.operation = query.operation
    case.vendor_operation = mounted.profile.by_name[query.operation].vendor_operation
    return query


def _declare(ports: Ports, mounted: Mounted, case: Dossier, asked: _Asked) -> tuple[Declared, OwnRecords]:
    """3, what for: every source of purpose and case must agree; a page goes on with those of its search."""
    query, now = asked.query, case.request.time
    own = ports.store.own(asked.subject.user_id, mounted.name, now)
    claimed = header_claims(case.request)
    if query.operation == PAGE:
        case.opening = _open_page(ports, mounted, asked, now)
        opened = case.opening.declared
        of_search = Claims(purpose=opened.purpose, case_number=opened.case_number)
        declare(claimed, of_search, None, now=now, said_in=SEARCH)
        return opened, own
    declared = declare(
        claimed,
        query.claims,
        own.context,
        now=now,
        circumstances=ports.circumstances(),
        may_mean_purpose=lambda word: find_near_purpose(word, ports.purposes()) is not None,
    )
    refuse_plate_as_case(declared.case_number, query.plate.text if query.plate else None)
    return declared, own


def _open_page(ports: Ports, mounted: Mounted, asked: _Asked, now: datetime) -> PageOpening:
    if asked.query.page is None:
        raise Refusal(Reason.PAGE_UNKNOWN)
    return vendors.open_page(
        asked.query.page,
        ports.secrets.pages,
        user_id=asked.subject.user_id,
        key_id=asked.identity.key.key_id,
        mount=mounted.name,
        now=now,
    )


def _gather(ports: Ports, case: Dossier, asked: _Asked, declared: Declared, own: OwnRecords) -> tuple[Known, Usage]:
    """4. What is known, from one facts revision, joined with what the gateway itself keeps; the query is counted."""
    subject, query, now = asked.subject, asked.query, case.request.time
    plate = case.opening.query.plate if case.opening else query.plate
    question = Question(user_id=subject.user_id, case_number=declared.case_number, plate=plate)
    if declared.purpose == EMERGENCY:
        if case.explain:  # it would be told nobody and reviewed by nobody, and says which plates are protected
            told = Remedy("An emergency cannot be tried out: where it is one, make the search itself.")
            raise Refusal(Reason.EMERGENCY_NOT_ALLOWED, note="an emergency is not tried out", hint=told)
        case.reviews = ports.emergencies.standing(subject.user_id, now)
    known = ports.facts.look_up(question, ports.approvals.match(own.approvals, question) if own.approvals else ())
    known = distinct_targets(known, declared.case_number, plate, now.date())
    accepted = keep_counting(known.acknowledgements + own.acknowledgements, ports.rules())
    if accepted != known.acknowledgements:
        known = replace(known, acknowledgements=accepted)
    accounts = count_for(subject, known, query)
    if query.operation == PAGE:
        return known, ports.store.count_used(accounts, now)
    return known, ports.store.reserve(accounts, now, ports.ceilings())


def _narrow(
    ports: Ports, mounted: Mounted, case: Dossier, asked: _Asked, declared: Declared, known: Known, decision: Decision
) -> Permit:
    """6. An allow, and only an allow, becomes an effective query, and that the request as the vendor will get it."""
    query, now = asked.query, case.request.time
    if decision.allow is not True:
        raise Refusal(*decision.reasons)
    if now - known.as_of > timedelta(hours=ports.facts_max_age_h):
        raise Refusal(Reason.FACTS_STALE)
    if case.opening is not None:
        query = case.opening.query
    effective = vendors.fit_to_vendor(mounted.profile, narrow(query, declared, known, decision, now=now))
    if case.opening is not None:
        effective = for_page(case.opening, effective, case.opening.page_id)
    case.effective = effective
    person = pseudonym(asked.subject.user_id, ports.secrets.pseudonyms)
    return Permit(
        user_id=asked.subject.user_id,
        identity=asked.identity,
        query=query,
        declared=declared,
        decision=decision,
        effective=effective,
        request=vendors.build(mounted.profile, effective, decision_id=case.decision_id, pseudonym=person),
        opening=case.opening or open_search(mounted, case, effective),
    )


def _forward(mounted: Mounted, case: Dossier, permit: Permit) -> VendorAnswer:
    """8. The new request, built from the effective query alone; the vendor's answer, and how long it took."""
    case.forwarded = True
    started = time.monotonic_ns()
    case.answered = answer = mounted.vendor.call(permit.request)
    case.vendor_ms = (time.monotonic_ns() - started) // 1_000_000
    return answer


def _filter(
    ports: Ports, mounted: Mounted, case: Dossier, permit: Permit, answer: VendorAnswer
) -> tuple[Filtered, bytes]:
    """9. Only listed fields, only the reads that the obligations leave, written anew."""
    profile, effective = mounted.profile, permit.effective
    filtered = filter_results(vendors.parse_answer(profile, effective.operation, answer), effective.rules)
    require_readable(filtered)
    results = filtered.results
    following, previous = (
        seal(permit.opening, case, page, ports.secrets.pages) for page in (results.next_page, results.previous_page)
    )
    body = vendors.serialise(profile, effective.operation, results, next_page=following, previous_page=previous)
    return filtered, body
