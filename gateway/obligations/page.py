"""A search that goes on: the next page, under what was decided when it was opened and what is decided now."""

from gateway.errors import Refusal
from gateway.model import EffectiveQuery, PageOpening
from gateway.reasons import Reason
from gateway.value import replace

_PAGE = "plate.page"


def for_page(opening: PageOpening, fresh: EffectiveQuery, page_id: str) -> EffectiveQuery:
    """The effective query of one more page: `fresh` is the opening's query, decided and narrowed again.

    Raises:
        Refusal: PAGE_UNKNOWN where today's decision is about another plate or state than the vendor's page is.
    """
    opened = opening.effective
    if (fresh.vendor, fresh.plate, fresh.plate_state) != (opened.vendor, opened.plate, opened.plate_state):
        raise Refusal(Reason.PAGE_UNKNOWN, note="the known plate is another one since the search was opened")
    return replace(fresh, operation=_PAGE, rules=opened.rules + fresh.rules, page_id=page_id)
