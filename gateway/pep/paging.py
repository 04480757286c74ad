"""Pages of a search: what a page token will carry, made before the vendor is asked, and sealed once it has answered."""

from gateway import vendors
from gateway.errors import Refusal
from gateway.model import Dossier, EffectiveQuery, PageOpening
from gateway.pep.ports import Mounted
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors.pages.tokens import PAGE_LIFE


def open_search(mounted: Mounted, case: Dossier, effective: EffectiveQuery) -> PageOpening | None:
    """What every page of this search goes on from; None where the vendor's answers have no pages.

    Raises:
        Refusal: `request_too_large` where a page could not be asked for in a request line: the search itself is refused,
            not its second page.
    """
    query, declared, identity = case.query, case.declared, case.identity
    operation = mounted.profile.by_name.get(effective.operation)
    if operation is None or operation.pages is None or query is None or declared is None or identity is None:
        return None
    opening = PageOpening(
        page_id="",
        user_id=str(identity.user_id),
        key_id=identity.key.key_id,
        mount=mounted.name,
        decision_id=case.decision_id,
        expires_at=case.request.time + PAGE_LIFE,
        query=query,
        declared=declared,
        effective=effective,
        asked_at=case.request.time,
    )
    if not vendors.is_pageable(opening):
        raise Refusal(Reason.REQUEST_TOO_LARGE, note="its pages could not be asked for in a request line")
    return opening


def seal(opening: PageOpening | None, case: Dossier, page_id: str | None, key: bytes) -> str | None:
    """The token for a page that the vendor's answer names, bound to this person, key and mount; None for no page."""
    if page_id is None:
        return None
    if opening is None:
        raise Refusal(Reason.VENDOR_ANSWER_UNUSABLE, note="a page of an operation without pages")
    return vendors.seal_page(replace(opening, page_id=page_id, expires_at=case.request.time + PAGE_LIFE), key)
