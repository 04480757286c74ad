"""What is asked: plates of others, patterns, windows and pages; and what leaks by how it is refused."""

import re
from collections.abc import Iterator

from tests.attacks.attempt import Aim, Attempt
from tests.http.asking import Answer, days_ago

_IDS = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def queries(_aim: Aim) -> Iterator[Attempt]:
    """Attempts at seeing what is not one's own."""
    yield Attempt(
        kind="plates",
        title="plates of others, of nobody, protected ones",
        must="403, all alike but for ids",
        make=_others,
    )
    yield Attempt(
        kind="plates", title="the same, explained instead of searched", must="all alike but for ids", make=_explained
    )
    for pattern in ("*", "%", "____", "A*", "*A", "?"):
        yield Attempt(
            kind="plates",
            title=f"the pattern {pattern}",
            must="400 or 403, no read",
            make=lambda aim, pattern=pattern: _refused(aim.search(plate=pattern)),
        )
    yield Attempt(
        kind="cases", title="cases that are others', closed or none", must="403, all alike but for ids", make=_cases
    )
    yield Attempt(
        kind="windows", title="a look-back of thirty years", must="403, or reads of a narrower window", make=_long_ago
    )
    yield Attempt(
        kind="windows", title="a window that ends before it begins", must="400 or 403, no read", make=_backwards
    )
    yield Attempt(kind="answers", title="an allowed search", must="reads of the plate asked for alone", make=_own_reads)
    yield Attempt(
        kind="pages", title="a page token with any of its characters changed", must="page_unknown", make=_tokens
    )


def _refused(answer: Answer) -> str | None:
    return None if answer.status in (400, 403) else f"{answer.status}"


def _alike(told: list[Answer]) -> str | None:
    if any(answer.status != 403 for answer in told):
        return f"answered {sorted({answer.status for answer in told})}"
    return _differences(told)


def _differences(told: list[Answer]) -> str | None:
    seen = {
        (
            _IDS.sub(b"<id>", answer.body),
            tuple((name, value) for name, value in answer.headers.items() if name != "date"),
        )
        for answer in told
    }
    return None if len(seen) == 1 else f"{len(seen)} different answers"


def _others(aim: Aim) -> str | None:
    return _alike([aim.search(plate=plate, state=None) for plate in aim.others])


def _explained(aim: Aim) -> str | None:
    window = {"startDate": days_ago(9), "endDate": days_ago(2)}
    asked = {"reason": "criminal_investigation: x", "caseNumber": aim.case, **window}
    route = {"mount": aim.flock.strip("/"), "method": "POST", "path": "/api/v3/reads/lookup"}
    bearer = {"Authorization": f"Bearer {aim.key}"}
    return _differences([
        aim.ask("POST", "/gateway/explain", body={**route, "body": {**asked, "plate": plate}}, headers=bearer)
        for plate in aim.others
    ])  # fmt: skip


def _cases(aim: Aim) -> str | None:
    return _alike([aim.search(caseNumber=case) for case in ("00-000000", "99-999999", "NO-SUCH-CASE")])


def _long_ago(aim: Aim) -> str | None:
    answer = aim.search(startDate="1996-01-01T00:00:00Z")
    return None if answer.status == 403 or (answer.status == 200 and b'"199' not in answer.body) else f"{answer.status}"


def _backwards(aim: Aim) -> str | None:
    return _refused(aim.search(startDate=days_ago(1), endDate=days_ago(9)))


def _own_reads(aim: Aim) -> str | None:
    answer = aim.search(limit=50)
    if answer.status != 200:
        return f"{answer.status} {answer.codes}"
    seen = next((plate for plate in aim.others if plate.encode() in answer.body), None)
    return None if seen is None else "another plate is in the answer"


def _tokens(aim: Aim) -> str | None:
    token = aim.search(limit=3).document.get("nextPageId")
    if token is None:
        return None  # one page only: nothing to turn
    for place in range(0, len(token), max(1, len(token) // 24)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        answer = aim.page(changed)
        if answer.status not in (400, 403, 404):
            return f"{answer.status} for a token changed at {place}"
    return None
