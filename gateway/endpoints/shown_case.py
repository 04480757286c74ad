"""The case numbers in what a person is shown of their own: none says whether a case that is not theirs exists.

A number that looks like a plate is kept in clear where a case has it, and withheld where none has. So whoever typed it is
shown it in clear only where the case is theirs; the record, and who decides or reviews, have it as it was kept.
"""

from collections.abc import Iterable
from typing import Any

from gateway.endpoints.endpoint_context import EndpointContext, json_answer
from gateway.kept_words import tell_plates
from gateway.model import Answer, Json, Question
from gateway.pep.cited_case import name_withheld


def show_own_cases(endpoint: EndpointContext, user_id: str, rows: Iterable[dict[str, Any]]) -> list[Json]:
    """The rows; the case in each that is of this person's own (`user_id`, or none) as they may see it.

    Raises:
        Refusal: FACTS_UNAVAILABLE.
    """
    seen: dict[str, str] = {}
    return [_show(endpoint, user_id, row, seen) for row in rows]


def answer_with_case(endpoint: EndpointContext, user_id: str, told: dict[str, Any], *, status: int = 200) -> Answer:
    """One such row as the answer."""
    [shown] = show_own_cases(endpoint, user_id, [told])
    return json_answer(status, shown)


def _show(endpoint: EndpointContext, user_id: str, row: dict[str, Any], seen: dict[str, str]) -> Json:
    number = row.get("case_number")
    if not isinstance(number, str) or row.get("user_id", user_id) != user_id or tell_plates(number) is None:
        return row
    if number not in seen:
        found = endpoint.ports.facts.look_up(Question(user_id=user_id, case_number=number, plate=None)).case
        is_theirs = found is not None and found.assigned
        seen[number] = number if is_theirs else name_withheld(number, endpoint.ports.secrets.approvals)
    return row | {"case_number": seen[number]}
