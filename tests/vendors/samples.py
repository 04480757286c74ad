"""Requests, effective queries and answers to test with; plates here belong to nobody."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from hypothesis import strategies as st

from gateway.model import (
    AnswerRules,
    Claims,
    Declared,
    EffectiveQuery,
    PageOpening,
    PlateRule,
    PlateTerm,
    Query,
    RawRequest,
    VendorAnswer,
    Window,
)
from gateway.vendors import load_profile, recognise

FLOCK = load_profile("flock")
REKOR = load_profile("rekor")
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2025, 2, 1, tzinfo=UTC)
LOOKUP = "/api/v3/reads/lookup"
SEARCH = {
    "plate": "FNA579",
    "reason": "criminal_investigation: seen near the scene",
    "caseNumber": "25-001234",
    "startDate": "2025-01-01T00:00:00Z",
    "endDate": "2025-02-01T00:00:00Z",
}
PARAMETERS = {"plate": "D2651BF", "start": "2025-01-01T00:00:00Z", "end": "2025-02-01T00:00:00Z"}


def raw(method="POST", target=LOOKUP, *, body=b"", headers=()):
    return RawRequest(
        request_id="r1",
        time=NOW,
        method=method,
        target=target,
        headers=(("host", "gateway.example"), *headers),
        body=body,
        source_ip="127.0.0.1",
    )


def lookup(body=None, *, headers=(("content-type", "application/json"),), target=LOOKUP, **changes):
    """A Flock search; `changes` replace fields, None removes one; `body` replaces all of it."""
    fields = {name: value for name, value in (SEARCH | changes).items() if value is not None}
    return raw(target=target, body=json.dumps(fields).encode() if body is None else body, headers=headers)


def search(query=None, *, path="/api/search/plate", headers=(), body=b"", **changes):
    """A Rekor search; `changes` replace parameters, None removes one; `query` replaces the whole query string."""
    fields = {name: value for name, value in (PARAMETERS | changes).items() if value is not None}
    written = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in fields.items())
    return raw("GET", f"{path}?{written if query is None else query}", headers=headers, body=body)


def flock(request, path=LOOKUP):
    return recognise(FLOCK, request, path)


def rekor(request, path="/api/search/plate"):
    return recognise(REKOR, request, path)


def effective(**changes):
    made = {
        "vendor": "flock",
        "operation": "plate.search",
        "plate": "FNA579",
        "plate_state": "AR",
        "window": Window(start=START, end=END),
        "limit": 10,
        "rest": {},
        "purpose": "criminal_investigation",
        "case_number": "25-001234",
        "rules": (),
    }
    return EffectiveQuery(**(made | changes))


def answer(document=None, *, status=200, headers=(("content-type", "application/json"),), body=None):
    return VendorAnswer(
        status=status, headers=tuple(headers), body=json.dumps(document).encode() if body is None else body
    )


def flock_row(**changes):
    row = {
        "id": "r-1",
        "capturedAt": "2025-01-31T23:59:59.999999Z",
        "device": {"id": "c-1", "name": "5th & Main", "location": {"latitude": 34.7}, "network": {"name": "Example"}},
        "plate": {"plate": "FNA579", "confidence": 0.9},
        "state": {"state": "arkansas", "confidence": 0.75},
        "link": "https://share.vendor.example/lookup/r-1",
    }
    return row | changes


# Everything an effective query may hold, for the law that building and recognising are each other's inverse.
instants = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - given its zone below
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
windows = st.lists(instants, min_size=2, max_size=2, unique=True).map(
    lambda pair: Window(start=min(pair), end=max(pair))
)
plate_texts = st.from_regex(r"\A[A-Z0-9]{1,8}\Z")
cases = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9 ._/-]{0,20}\Z").filter(lambda case: case == case.strip())
purposes = st.from_regex(r"\A[a-z][a-z_]{2,20}\Z")
coordinates = st.floats(-90, 90).filter(lambda value: value == 0 or abs(value) >= 1e-4)
positions = st.tuples(coordinates, coordinates).map(list)
radii = st.fixed_dictionaries(
    {"radius": st.fixed_dictionaries({"latitude": coordinates, "longitude": coordinates, "radius": st.floats(1, 2000)})}
)
areas = st.fixed_dictionaries(
    {
        "area": st.fixed_dictionaries(
            {
                "type": st.just("Polygon"),
                "coordinates": st.lists(st.lists(positions, min_size=4, max_size=6), min_size=1, max_size=1),
            }
        )
    }
)
confidences = st.fixed_dictionaries(
    {
        "attribute": st.sampled_from(["plate", "state"]),
        "minConfidence": st.floats(0.01, 1),
    }
)
flock_rests = st.fixed_dictionaries(
    {},
    optional={
        "sort": st.sampled_from(["asc", "desc"]).map(lambda order: [{"field": "capturedAt", "order": order}]),
        "minConfidences": st.lists(confidences, max_size=2),
    },
).flatmap(
    lambda rest: st.one_of(
        st.just(rest),
        radii.map(lambda radius: rest | {"radius": radius}),
        areas.map(lambda area: rest | {"area": area}),
    )
)
flock_queries = st.builds(
    effective,
    plate=plate_texts,
    plate_state=st.none() | st.sampled_from(sorted(FLOCK.vendor_states)),
    window=windows,
    limit=st.none() | st.integers(1, 50),
    rest=flock_rests,
    purpose=purposes,
    case_number=cases,
)
rekor_queries = st.builds(
    effective,
    vendor=st.just("rekor"),
    operation=st.sampled_from(["plate.search", "plate.fuzzy", "alert.search"]),
    plate=plate_texts,
    plate_state=st.none(),
    window=windows,
    limit=st.none() | st.integers(1, 1000),
    rest=st.fixed_dictionaries(
        {},
        optional={
            "order": st.sampled_from(["asc", "desc"]),
            "camera": st.integers(0, 4294967295),
            "site": st.integers(0, 4294967295),
        },
    ),
)


def opening(*, query=None, narrowed=None, reason_text="a reason", **changes):
    """A page opening as a search of Flock's makes it."""
    found = effective(rules=(rules(),)) if narrowed is None else narrowed
    asked = query or Query(
        vendor="flock",
        operation="plate.search",
        plate=PlateTerm(text="FNA579", match="exact", fixed_characters=6, state="AR"),
        window=found.window,
        limit=found.limit,
        geo=None,
        claims=Claims(reason_text="a reason"),
        rest=found.rest,
    )
    made = {
        "page_id": "184620d5-f29a-581e-a317-23ed2756c57c",
        "user_id": "u17",
        "key_id": "kabcdefabcdef",
        "mount": "flock",
        "decision_id": "d1",
        "expires_at": NOW + timedelta(minutes=60),
        "asked_at": NOW,
        "query": asked,
        "declared": Declared(
            purpose="criminal_investigation",
            purpose_source="header",
            case_number="25-001234",
            case_source="vendor_field",
            reason_text=reason_text,
            context=None,
        ),
        "effective": found,
    }
    return PageOpening(**(made | changes))


def rules(text="FNA579", masked=()):
    plate = PlateRule(text=text, state="AR", not_before=START)
    return AnswerRules(
        not_before=START, not_after=END, plates=(plate,), masked=frozenset(masked), strip_links=True, limit=10
    )
