"""What the demonstration asks for, and what must come of each request. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from gateway import clock
from gateway.demo import agency

ALLOWED = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of one person. `refused` is the code the person must be told, None where the search is allowed.

    `json` is the body of a POST, `query` the parameters of a GET; the key goes where the vendor's API has its own.
    """

    title: str
    person: str
    path: str
    refused: str | None
    json: Mapping[str, object] | None = None
    query: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 403

    @property
    def target(self) -> str:
        """The request target, without the key."""
        return self.path + ("?" + urlencode(self.query) if self.query else "")


def flock_steps(now: datetime) -> list[Step]:
    """A tool that speaks Flock's API: purpose and case travel in the vendor's own fields."""
    allowed = _lookup(now)
    return [
        _flock("exact search for a subject's plate", allowed, ALLOWED),
        _flock("the same, typed carelessly (fna-579)", allowed | {"plate": "fna-579"}, ALLOWED),
        _flock("training has lapsed", allowed, "training_lapsed", person=agency.LAPSED),
        _flock("rules of behavior not accepted", allowed, "rules_not_accepted", person=agency.UNSIGNED),
        _flock("purpose unknown", allowed | {"reason": "curiosity: just looking"}, "purpose_not_allowed"),
        _flock("no case number", _without(allowed, "caseNumber"), "case_missing"),
        _flock("closed case", allowed | agency.CLOSED, "case_closed"),
        _flock("case of a colleague", allowed | {"caseNumber": agency.OTHERS_CASE}, "case_not_assigned"),
        _flock("plate of nobody known", allowed | {"plate": agency.NOBODYS_PLATE}, "target_unknown"),
        _flock("plate of the subject's spouse", allowed | {"plate": agency.SPOUSES_PLATE}, "target_not_subject"),
        _flock("plate of another case's subject", allowed | {"plate": agency.OTHERS_PLATE}, "target_unknown"),
        _flock("look-back too long", allowed | {"startDate": _days_ago(now, 1300)}, "lookback_too_long"),
        _flock("geographic search", allowed | {"radius": _RADIUS}, "geo_search_not_approved"),
        _flock("unlisted route", {}, "unknown_operation", path="/flock/api/v3/devices"),
        _flock("unknown field in the body", allowed | {"includeImages": True}, "request_unknown_field", status=400),
    ]


def rekor_steps(now: datetime) -> list[Step]:
    """A tool that speaks Rekor's API: it knows no purpose and no case, so the officer declared them beforehand."""
    window = {"start": _days_ago(now, 30), "end": _days_ago(now, 1)}
    asked = {"plate": agency.PLATE, **window, "topn": "25"}
    part = asked | {"plate": agency.PLATE[:4] + "*"}
    return [
        _rekor("no purpose field, nothing declared", asked, "purpose_missing", person=agency.SUPERVISOR),
        _rekor("no purpose field, context declared", asked, ALLOWED),
        _rekor("open-ended window", {"plate": agency.PLATE, "end": window["end"]}, "window_open_ended"),
        _rekor("no plate", window | {"topn": "25"}, "plate_missing"),
        _rekor("look-alike readings without approval", asked, "partial_plate_not_approved", path=_CANDIDATES),
        _rekor("part of a plate without approval", part, "partial_plate_not_approved", path=_CANDIDATES),
        _search_approved("look-alike readings with a supervisor's approval", asked),
        _search_approved("part of a plate with a supervisor's approval", part),
    ]


def part_of_a_plate(now: datetime, refused: str | None) -> Step:
    """A search for part of a plate, by the officer of the case."""
    query = {"plate": agency.PLATE[:4] + "*", "start": _days_ago(now, 30), "end": _days_ago(now, 1), "topn": "25"}
    return _rekor("part of a plate", query, refused, path=_CANDIDATES)


def emergency_step(now: datetime, refused: str | None) -> Step:
    """A search for a plate that no case knows, with a written statement and the number of a call."""
    body = _without(_lookup(now), "state") | {"plate": agency.NOBODYS_PLATE, "caseNumber": "CALL-2201"}
    statement = "exigent_circumstances: kidnapping: child taken from school, white van"
    return _flock("emergency", body | {"reason": statement, "startDate": _days_ago(now, 1)}, refused)


def _search_approved(name: str, asked: dict[str, str]) -> Step:
    claims = {"X-LPR-Purpose": "criminal_investigation", "X-LPR-Case": agency.CASE}
    return _rekor(name, asked, ALLOWED, path=_CANDIDATES, person=agency.SUPERVISOR, headers=claims)


_CANDIDATES = "/rekor/api/search/platecandidate"
_RADIUS = {"radius": {"latitude": 34.7, "longitude": -92.3, "radius": 5}}


def _lookup(now: datetime) -> dict[str, object]:
    return {
        "plate": agency.PLATE,
        "state": "arkansas",
        "reason": "criminal_investigation: document fraud ring",
        "caseNumber": agency.CASE,
        "startDate": _days_ago(now, 31),
        "endDate": _days_ago(now, 0),
        "limit": 5,
    }


def _flock(title: str, body: Mapping[str, object], refused: str | None, **changes: object) -> Step:
    values: dict[str, object] = {"person": agency.OFFICER, "path": "/flock/api/v3/reads/lookup"} | changes
    return Step(title=title, json=body, refused=refused, **values)  # type: ignore[arg-type]


def _rekor(title: str, query: Mapping[str, str], refused: str | None, **changes: object) -> Step:
    values: dict[str, object] = {"person": agency.OFFICER, "path": "/rekor/api/search/plate"} | changes
    return Step(title=title, query=query, refused=refused, **values)  # type: ignore[arg-type]


def _without(values: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in values.items() if key != name}


def _days_ago(now: datetime, days: int) -> str:
    return clock.format_instant(now - timedelta(days=days))
