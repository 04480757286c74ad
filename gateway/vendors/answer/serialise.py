"""From filtered results back to an answer's body, in the vendor's own nesting, so that its tools can read it."""

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.model import ReadField, Results
from gateway.vendors.profile.answer_table import Spot
from gateway.vendors.profile.profile import Profile


def serialise(
    profile: Profile, operation: str, results: Results, *, next_page: str | None, previous_page: str | None
) -> bytes:
    """The answer's body, nested as the vendor nests it, with page tokens of ours and totals of what is returned."""
    table = profile.answers[profile.by_name[operation].answer]
    rows = [_nest(read.fields, table.spots) for read in results.reads]
    if table.rows is None:
        return orjson.dumps(rows)
    pages = ((table.next_page, next_page), (table.previous_page, previous_page))
    tokens = {name: token for name, token in pages if name is not None and token is not None}
    totals = dict.fromkeys(table.totals, len(rows))
    return orjson.dumps({table.rows: rows, **_nest(results.frame, table.spots), **totals, **tokens})


def _nest(fields: tuple[ReadField, ...], spots: Mapping[str, Spot]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    among: tuple[str, ...] = ()
    node = document
    for path, _, value in fields:
        parents, last = spots[path]
        if parents != among:  # neighbours mostly have the same
            node, among = document, parents
            for parent in parents:
                node = node.setdefault(parent, {})
        node[last] = value
    return document
