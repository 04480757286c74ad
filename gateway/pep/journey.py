"""The policy enforcement point: the life of one request to a vendor, in ten steps.

Each step gives back the dossier with its product, or raises a `Refusal`; one place turns a refusal into a record and an
answer. The picture in docs/architecture.md has the same numbers.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import structlog

from gateway import vendors
from gateway.errors import Refusal
from gateway.identity import Presented, authenticate, declare, header_claims, pseudonym
from gateway.model import Answer, Claims, Dossier, Filtered, PageOpening, Question
from gateway.obligations import filter_results, for_page, narrow
from gateway.pdp import policy_input
from gateway.pdp.targets import distinct_targets
from gateway.pep.outcome import PAGE, explanation, outcome, reply
from gateway.pep.paging import open_search, seal
from gateway.pep.ports import Mounted, OwnRecords, Ports
from gateway.pep.refuse import refuse
from gateway.reasons import Reason

_log = structlog.get_logger(__name__)
Product = TypeVar("Product")


def serve(ports: Ports, mounted: Mounted, case: Dossier, body: Callable[[], bytes]) -> Answer:
    """Answer one request; `case` is the opened dossier (step 1), `body` reads its body, once it is known who asks.

    A dossier that is already identified (an explained request) is not identified again.
    """
    try:
        case = case if case.identity else _identify(ports, mounted, case)  # 2
        case = _recognise(mounted, case, body)  # 3
        case, own = _declare(ports, mounted, case)
        case = _gather(ports, case, own)  # 4
        case = replace(case, input_text=policy_input(case))  # 5
        case = _decide(ports, case)
        case, opening = _narrow(ports, mounted, case)  # 6
        ports.recorder.allowed(case)  # 7
        if case.explain:
            return explanation(case)
        case = replace(case, recorded=True, forwarded=True)
        case = _forward(ports, mounted, case)  # 8
        filtered, content = _filter(ports, mounted, case, opening)  # 9
        ports.recorder.outcome(case, outcome(case, filtered, content))  # 10
        return reply(mounted, content)
    except Refusal as refusal:
        return refuse(ports, case, refusal, mounted)
    except Exception as error:  # noqa: BLE001 - whatever was not foreseen is refused, and told to the operator
        _log.error("internal_error", error=type(error).__name__, exc_info=True)
        return refuse(ports, case, Refusal(Reason.INTERNAL_ERROR), mounted)


def _identify(ports: Ports, mounted: Mounted, case: Dossier) -> Dossier:
    """2. Who asks: the credential in the vendor's own place, holding a gateway key or token."""
    value = vendors.find_credential(mounted.profile, case.request)
    if value is None:
        raise Refusal(Reason.CREDENTIAL_MISSING)
    identity = authenticate(
        Presented(value=value, place=mounted.profile.credential.place),
        ports.store,
        mount=mounted.name,
        source_ip=case.request.source_ip,
        on_behalf_of=case.request.header("x-lpr-on-behalf-of"),
        token_key=ports.secrets.tokens,
        now=case.request.time,
    )
    return replace(case, identity=identity)


def _recognise(mounted: Mounted, case: Dossier, body: Callable[[], bytes]) -> Dossier:
    """3. What is asked, in canonical form."""
    request = replace(case.request, body=body())
    path = vendors.split_target(request.target).path.removeprefix(mounted.prefix)
    query = vendors.recognise(mounted.profile, request, path)
    return replace(case, request=request, query=query, operation=query.operation)


def _declare(ports: Ports, mounted: Mounted, case: Dossier) -> tuple[Dossier, OwnRecords | None]:
    """3, what for: every source of purpose and case must agree; a page goes on with those of its search."""
    identity, query, now = _sure(case.identity), _sure(case.query), case.request.time
    own = None if identity.user_id is None else ports.store.own(identity.user_id, mounted.name, now)
    claimed = header_claims(case.request)
    if query.operation == PAGE:
        opening = _open_page(ports, mounted, case)
        before = Claims(purpose=opening.declared.purpose, case_number=opening.declared.case_number)
        declare(claimed, before, None, now=now)
        return replace(case, opening=opening, declared=opening.declared), own
    context = None if own is None else own.context
    return replace(case, declared=declare(claimed, query.claims, context, now=now)), own


def _open_page(ports: Ports, mounted: Mounted, case: Dossier) -> PageOpening:
    identity, query = _sure(case.identity), _sure(case.query)
    if identity.user_id is None or query.page is None:
        raise Refusal(Reason.PAGE_UNKNOWN)
    return vendors.open_page(
        query.page,
        ports.secrets.pages,
        user_id=identity.user_id,
        key_id=identity.key.key_id,
        mount=mounted.name,
        now=case.request.time,
    )


def _gather(ports: Ports, case: Dossier, own: OwnRecords | None) -> Dossier:
    """4. What is known, from one facts revision, joined with what the gateway itself keeps; the query is counted."""
    user_id, declared, now = _sure(case.identity).user_id, _sure(case.declared), case.request.time
    plate = case.opening.query.plate if case.opening else _sure(case.query).plate
    question = Question(user_id=user_id, case_number=declared.case_number, plate=plate)
    if user_id is None or own is None:
        return replace(case, known=ports.facts.look_up(question))
    known = ports.facts.look_up(question, own.approvals)
    known = distinct_targets(known, declared.case_number, plate, now.date())
    known = replace(known, acknowledgements=known.acknowledgements + own.acknowledgements)
    count = ports.store.used if case.operation == PAGE else ports.store.reserve
    return replace(case, known=known, queries_24h=count(user_id, now))


def _decide(ports: Ports, case: Dossier) -> Dossier:
    """5. What the policy says to this input."""
    return replace(case, decision=ports.engine.decide(_sure(case.input_text)))


def _narrow(ports: Ports, mounted: Mounted, case: Dossier) -> tuple[Dossier, PageOpening | None]:
    """6. An allow, and only an allow, becomes an effective query; and what its pages will go on from."""
    decision, known, now = _sure(case.decision), _sure(case.known), case.request.time
    if decision.allow is not True:
        raise Refusal(*(Reason(code) for code in decision.reasons))
    if now - known.as_of > timedelta(hours=ports.facts_max_age_h):
        raise Refusal(Reason.FACTS_STALE)
    if case.opening is None:
        effective = narrow(_sure(case.query), _sure(case.declared), known, decision, now=now)
        return replace(case, effective=effective), open_search(mounted, case, effective)
    fresh = narrow(case.opening.query, case.opening.declared, known, decision, now=now)
    return replace(case, effective=for_page(case.opening, fresh, case.opening.page_id)), case.opening


def _forward(ports: Ports, mounted: Mounted, case: Dossier) -> Dossier:
    """8. A new request, built from the effective query alone; the vendor's answer, and how long it took."""
    person = pseudonym(str(_sure(case.identity).user_id), ports.secrets.pseudonyms)
    request = vendors.build(mounted.profile, _sure(case.effective), decision_id=case.decision_id, pseudonym=person)
    started = time.monotonic_ns()
    answer = mounted.vendor.call(request)
    return replace(case, answered=answer, vendor_ms=(time.monotonic_ns() - started) // 1_000_000)


def _filter(ports: Ports, mounted: Mounted, case: Dossier, opening: PageOpening | None) -> tuple[Filtered, bytes]:
    """9. Only listed fields, only the reads that the obligations leave, written anew."""
    effective = _sure(case.effective)
    results = vendors.parse_answer(mounted.profile, effective.operation, _sure(case.answered))
    filtered = filter_results(results, effective.rules)
    following, previous = (
        seal(opening, case, page, ports.secrets.pages)
        for page in (filtered.results.next_page, filtered.results.previous_page)
    )
    body = vendors.serialise(
        mounted.profile, effective.operation, filtered.results, next_page=following, previous_page=previous
    )
    return filtered, body


def _sure(value: Product | None) -> Product:
    """The product of an earlier step; without it nothing goes on."""
    if value is None:
        raise Refusal(Reason.INTERNAL_ERROR, note="a step was left out")
    return value
