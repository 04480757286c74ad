"""What the vendor may receive, worked out from the ledger alone: each allowed effective query, as the vendor writes it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from gateway.identity import pseudonym
from gateway.vendors import load_profile
from tests.http.installation import Installation
from tests.http.ledger import Record
from tests.http.vendors import Received

FLOCK_SEARCH, FLOCK_PAGE = "/api/v3/reads/lookup", "/api/v3/reads/lookup/page/"
REKOR_PATHS = {
    "plate.search": "/api/search/plate",
    "plate.fuzzy": "/api/search/platecandidate",
    "alert.search": "/api/search/alert",
}
_STATES = load_profile("flock").vendor_states
Asked = tuple[str, str, Any]


def allowed(installation: Installation, profile: str, records: Iterable[Record] | None = None) -> dict[str, Asked]:
    """By decision id: what a request to this vendor must be, as `asked` gives it; page ids are left out.

    Of these records only, or of the whole ledger.
    """
    if records is None:
        installation.ledger.look()
        records = installation.ledger.records
    wanted = {"event_type": "decision", "decision": "allow", "vendor_profile": profile, "explain": None}
    decisions = [record for record in records if {name: record.get(name) for name in wanted} == wanted]
    opened = installation.ledger.opened(installation.auditor_key, [record["decision_id"] for record in decisions])
    written = _flock if profile == "flock" else _rekor
    return {record["decision_id"]: written(installation, record, opened[record["decision_id"]]) for record in decisions}


def asked(received: Received) -> Asked:
    """What a received request asks, in a form that can be compared."""
    if received.path.startswith(FLOCK_PAGE):
        assert not received.body
        return received.method, FLOCK_PAGE, None
    if received.method == "POST":
        return received.method, received.target, received.document
    return received.method, received.path, dict(received.query)


def differences(requests: list[Received], permitted: dict[str, Asked]) -> list[Asked]:
    """Requests received for which no decision of their own allows exactly that; empty is what must be."""
    left = Counter(map(_fixed, permitted.values()))
    found = []
    for received in requests:
        one = _fixed(asked(received))
        if left[one]:
            left[one] -= 1
        else:
            found.append(asked(received))
    return found


def _flock(installation: Installation, record: Record, opened: dict[str, Any]) -> Asked:
    if record["operation"] == "plate.page":
        return "GET", FLOCK_PAGE, None
    effective, sealed = record["effective"], opened["query"]["effective"]
    person = pseudonym(record["user_id"], (installation.state / "secrets" / "pseudonyms").read_bytes())
    told = (record["purpose_code"], f"case {record['case_number']}", record["decision_id"], person)
    document = {
        "plate": opened["query"]["effective"]["plate"],
        "state": _STATES[effective["plate_state"]] if effective.get("plate_state") else None,
        "reason": " | ".join(told),
        "caseNumber": record["case_number"],
        "startDate": effective["window_start"],
        "endDate": effective["window_end"],
        "limit": effective["limit"],
        **sealed["rest"],
    }
    return "POST", FLOCK_SEARCH, {name: value for name, value in document.items() if value is not None}


def _rekor(_installation: Installation, record: Record, opened: dict[str, Any]) -> Asked:
    effective, sealed = record["effective"], opened["query"]["effective"]
    parameters = {
        "api_key": "demo-vendor-secret",
        "plate": sealed["plate"],
        "start": effective["window_start"],
        "end": effective["window_end"],
        "topn": effective["limit"],
        **sealed["rest"],
    }
    present = {name: str(value) for name, value in parameters.items() if value is not None}
    return "GET", REKOR_PATHS[record["operation"]], present


def _fixed(one: Asked) -> str:
    method, path, content = one
    return repr((method, path, content if content is None else sorted(content.items(), key=lambda pair: pair[0])))
