"""Are the agency's own reasons given by a rule, and does none that is told as itself tell what must not be known?"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from gateway.pdp.bundle import Bundle
from gateway.pdp.check.axis_values import find_value
from gateway.pdp.check.secret_leaks import Leak, find_leaks, list_differences
from gateway.pdp.check.secret_questions import CASE
from gateway.pdp.check.source import PolicyFinding
from gateway.pdp.engine import Engine
from gateway.pdp.reason_book import REASONS_FILE
from gateway.pdp.tables import find_lines

_OF_A_CASE = (
    "Add `data.lpr.case.case_is_assigned` to its rule (in `lpr/case` alone `case_is_assigned`), "
    "or name in `told_as` what is told instead, as `case_not_assigned`."
)
_OF_A_PLATE = "Name in `told_as` what is told instead, as `target_unknown`."


def own_reason_findings(bundle: Bundle, engine: Engine) -> Iterator[PolicyFinding]:
    """One finding for each declared code that no rule gives, and for each that gives a secret away."""
    if not bundle.reason_book.own:
        return
    lines = find_lines(dict(bundle.files)[REASONS_FILE])
    leaks = find_leaks(bundle, engine, [code for code, one in bundle.reason_book.own.items() if one.told_as is None])
    for code in bundle.reason_book.own:
        if not any(f'"code": "{code}"' in text for _, text in bundle.rego):
            sentence = f"`{code}` is declared, and no rule gives it."
            yield PolicyFinding(file=REASONS_FILE, line=lines[code,], rule="own-reason", sentence=sentence)
        if code in leaks:
            line, sentence = lines.get((code, "told_as"), lines[code,]), _tell_leak(code, leaks[code])
            yield PolicyFinding(file=REASONS_FILE, line=line, rule="own-reason", sentence=sentence)


def _tell_leak(code: str, leak: Leak) -> str:
    """Which code, by which two searches that is seen, and what helps."""
    found = [*list_differences(leak.told, leak.untold)]
    shared = _tell((place, find_value(leak.told, place)) for place in leak.unusual)
    told, untold = (_tell((place, values[which]) for place, *values in found) for which in (0, 1))
    of_a_case = any(place.startswith(CASE) for place, *_ in found)
    return (
        f"`{code}` is told as itself, and so tells of a case or a plate that is not the person's: of two searches"
        f"{f' with {shared}' if shared else ''}, alike in all that the person may know, it is told with {told}, and not "
        f"with {untold}. {_OF_A_CASE if of_a_case else _OF_A_PLATE}"
    )


def _tell(places: Iterable[tuple[str, Any]]) -> str:
    return " and ".join(f"`{place}` {_show(value)}" for place, value in places)


def _show(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """As JSON, but for a list of objects, of which only the number is told."""
    return (
        f"[{len(value)} of them]"
        if isinstance(value, list) and any(isinstance(one, dict) for one in value)
        else json.dumps(value)
    )
