"""Obligations: what an allow costs.

Before the vendor is asked, `narrow` makes the effective query of what was asked (`for_page` where a search goes on);
after it answered, `filter_results` leaves only what the obligations leave; `absolute` describes them for the record.
Nothing here ever widens a query, keeps a read in doubt, or goes on with an obligation it does not know.
"""

from gateway.obligations.filter import UNREADABLE, filter_results
from gateway.obligations.narrow import narrow
from gateway.obligations.page import for_page
from gateway.obligations.record import absolute

__all__ = ["UNREADABLE", "absolute", "filter_results", "for_page", "narrow"]
