"""An allowed search, its answer, and Hypothesis strategies for both."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from gateway.model import (
    AnswerRules,
    Claims,
    Decision,
    Declared,
    Known,
    Obligation,
    PlateRule,
    PlateTerm,
    Query,
    Read,
    ReadField,
    Results,
    TargetMatch,
    Window,
)
from gateway.obligations import narrow
from gateway.value import replace

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)

AGE = Obligation(id="age", type="drop_reads_older_than", params={"basis": "window_or_plate_start"})
TARGET = Obligation(id="target", type="drop_other_plates", params={"matches": [0]})
LINKS = Obligation(id="links", type="strip_links", params={})
CLAMP = Obligation(id="window", type="clamp_window", params={"max_lookback_days": 1826})
LIMIT = Obligation(id="limit", type="limit_results", params={"max": 50})
SHIPPED = (CLAMP, AGE, TARGET, LINKS, LIMIT)


def obligation(kind, **params):
    return Obligation(id=kind, type=kind, params=params)


def days_ago(days):
    return NOW - timedelta(days=days)


def term(text="ABC120", match="exact", state=None):
    return PlateTerm(text=text, match=match, fixed_characters=sum(map(str.isalnum, text)), state=state)


def query(**changes):
    asked = Query(
        vendor="flock",
        operation="plate.search",
        plate=term(),
        window=Window(start=days_ago(30), end=days_ago(1)),
        limit=10,
        geo=None,
        claims=Claims(),
        rest={"sort": [{"field": "capturedAt", "order": "desc"}]},
    )
    return replace(asked, **changes)


def declared(**changes):
    said = Declared(
        purpose="criminal_investigation",
        purpose_source="header",
        case_number="25-001234",
        case_source="header",
        reason_text=None,
        context=None,
    )
    return replace(said, **changes)


def match(plate="ABC-120", **changes):
    known_plate = TargetMatch(
        subject_id="s9",
        case_number="25-001234",
        relation="subject",
        active=True,
        assigned=True,
        plate=plate,
        plate_state=None,
        valid_from=None,
        valid_to=None,
        spelling="same",
    )
    return replace(known_plate, **changes)


def known(*matches):
    return Known(
        revision="r1",
        as_of=NOW,
        subject=None,
        training=(),
        acknowledgements=(),
        case=None,
        matches=matches or (match(),),
        protected=False,
        approvals=(),
    )


def decision(*obligations, allow=True):
    return Decision(
        allow=allow,
        reasons=(),
        obligations=obligations,
        policy_revision="p1",
        document="{}",
        engine="embedded",
        engine_version="1",
        duration_us=1,
    )


def narrowed(asked=None, *, said=None, facts=None, obligations=SHIPPED, now=NOW):
    return narrow(asked or query(), said or declared(), facts or known(), decision(*obligations), now=now)


def counting(*indexes):
    """The shipped obligations, with these known plates counting."""
    return (CLAMP, AGE, obligation("drop_other_plates", matches=list(indexes)), LINKS, LIMIT)


def rules(**changes):
    made = AnswerRules(
        not_before=days_ago(30),
        not_after=days_ago(1),
        plates=(PlateRule(text="ABC120", state=None, not_before=days_ago(30)),),
        masked=frozenset(),
        strip_links=True,
        limit=None,
    )
    return replace(made, **changes)


def read(plate="ABC120", state=None, time=None, fields=()):
    return Read(plate=plate, state=state, time=time or days_ago(2), fields=tuple(fields))


def results(*reads, frame=(), withheld=0):
    return Results(reads=reads, frame=tuple(frame), next_page="n", previous_page=None, withheld=withheld)


# Few values, close together, so that every comparison is met from both sides and exactly.
instants = st.integers(0, 12).map(lambda step: days_ago(step * 5))
plate_texts = st.sampled_from(
    ["ABC120", "ABC12O", "abc-120", "ABC 120", "XYZ9", "ABC1200", "\N{LATIN SMALL LETTER SHARP S}"]
)
states = st.sampled_from([None, "AR", "TX"])
kinds = st.sampled_from(["plain", "plate", "state", "time", "location", "confidence", "link", "id"])
values = st.one_of(st.integers(0, 5), st.sampled_from(["a", "b", "https://vendor.example/1", None, 0.5]))
fields = st.builds(ReadField, st.sampled_from(["a", "b.c", "d"]), kinds, values)
reads = st.builds(
    Read,
    plate=st.none() | plate_texts,
    state=states,
    time=st.none() | instants,
    fields=st.lists(fields, max_size=6).map(tuple),
)
answers = st.builds(
    Results,
    reads=st.lists(reads, max_size=8).map(tuple),
    frame=st.lists(fields, max_size=3).map(tuple),
    next_page=st.none() | st.just("n"),
    previous_page=st.none(),
    withheld=st.integers(0, 3),
)
plate_rules = st.builds(
    PlateRule, text=st.sampled_from(["ABC120", "ABC12O", "XYZ9", "ABC*"]), state=states, not_before=instants
)
answer_rules = st.builds(
    AnswerRules,
    not_before=instants,
    not_after=instants,
    plates=st.lists(plate_rules, max_size=2).map(tuple),
    masked=st.sets(st.sampled_from(["location", "confidence", "id"])).map(frozenset),
    strip_links=st.booleans(),
    limit=st.none() | st.integers(1, 5),
)
dates = st.none() | st.integers(0, 60).map(lambda back: days_ago(back).date())
ANY_DAY = date(2026, 11, 1)
