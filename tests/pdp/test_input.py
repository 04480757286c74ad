import json
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical import canonical
from gateway.errors import Refusal
from gateway.model import (
    Acknowledgement,
    Claims,
    Context,
    EffectiveQuery,
    Geo,
    PageOpening,
    PlateTerm,
    Training,
    Window,
)
from gateway.pdp import policy_input
from gateway.plates import TypedPlate, read_sought
from gateway.reasons import Reason
from gateway.value import replace
from tests.pdp.samples import (
    APPROVAL,
    CASE,
    CASE_FILE,
    DECLARED,
    DOSSIER,
    IDENTITY,
    KNOWN,
    MATCH,
    NOW,
    QUERY,
    SUBJECT,
    service,
)
from tests.properties import examples

SCHEMA = jsonschema.Draft202012Validator(json.loads((files("gateway.pdp") / "schemas" / "input.json").read_text()))


def told(dossier=DOSSIER, path="", now=None):
    """What stands at a path of the input, which must fit the schema and be canonical."""
    text = policy_input(dossier, now=now)
    document = json.loads(text)
    assert list(SCHEMA.iter_errors(document)) == []
    assert canonical(document) == text
    return reduce(lambda part, key: part[int(key) if key.isdigit() else key], path.split(".") if path else [], document)


def with_known(**changes):
    return replace(DOSSIER, known=replace(KNOWN, **changes))


def with_query(**changes):
    return replace(DOSSIER, query=replace(QUERY, **changes))


def opened(query=QUERY):
    """A page of a search that was allowed for the sample's purpose and case."""
    effective = EffectiveQuery(
        vendor="flock",
        operation="plate.search",
        plate="XQZ12O",
        plate_state="AR",
        window=QUERY.window,
        limit=10,
        rest={},
        purpose=DECLARED.purpose,
        case_number=CASE,
        rules=(),
    )
    opening = PageOpening(
        page_id="p",
        user_id="u17",
        key_id="k1",
        mount="/flock",
        decision_id="d0",
        expires_at=NOW,
        query=query,
        declared=DECLARED,
        effective=effective,
    )
    asked = replace(QUERY, operation="plate.page", plate=None, window=None, page="token")
    return replace(DOSSIER, query=asked, opening=opening)


def test_an_ordinary_search_is_told_as_the_design_shows_it():
    assert told() == {
        "schema": "lpr.input.v1",
        "request": {"id": "r1", "time": "2026-11-22T14:00:00.000Z", "source_ip": "127.0.0.1"},
        "subject": {"id": "u17", "component": "ERO", "office": "BAL", "roles": ["officer"], "active": True},
        "actor": {"method": "key", "kind": "person", "service": None, "may_act_for_subject": True, "assurance": None},
        "operation": {"vendor": "flock", "name": "plate.search"},
        "query": {
            "plate": {"match": "exact", "fixed_characters": 6, "state": "AR"},
            "purpose": "criminal_investigation",
            "purpose_source": "header",
            "case_number": CASE,
            "reason_present": True,
            "circumstance": None,
            "context_age_minutes": None,
            "window": {
                "start": "2026-10-22T02:00:00.000Z",
                "end": "2026-11-22T02:00:00.000Z",
                "lookback_days": 31.5,
                "span_days": 31,
                "ahead_hours": 0,
            },
            "geo": None,
            "limit": 10,
            "entries": None,
        },
        "facts": {
            "revision": "facts-1",
            "age_hours": 2.5,
            "training": {"lpr": {"age_days": 120, "version": "2026"}},
            "acknowledgement": {"version": "1", "age_days": 20},
            "case": {
                "status": "open",
                "kind": "criminal",
                "lookback_days": 1200.6,
                "assigned": True,
                "same_office": True,
            },
            "target": {
                "matches": [
                    {
                        "subject_id": "s9",
                        "relation": "subject",
                        "active": True,
                        "in_cited_case": True,
                        "assigned": True,
                        "plate_valid": True,
                        "valid_from_days": 900,
                        "spelling": "folded",
                        "state": "same",
                    }
                ],
                "protected": False,
            },
            "approvals": [
                {
                    "id": "a1",
                    "scope": "partial_plate",
                    "same_person": False,
                    "approver_active": True,
                    "approver_is_supervisor": True,
                    "case_matches": True,
                    "plate_matches": True,
                    "plate_named": False,
                    "expires_in_hours": 20,
                    "runs_hours": 20,
                }
            ],
            "reviews": None,
            "usage": {
                "queries_1h": 4,
                "queries_24h": 14,
                "service": {"queries_1h": None, "queries_24h": None},
                "office": {"queries_1h": 4, "queries_24h": 14},
                "vendor": {"queries_1h": 4, "queries_24h": 14},
            },
        },
        "policy": {"age_days": 30},
    }


@pytest.mark.parametrize(
    ("before", "days"), [(timedelta(days=2), 2), (timedelta(days=2, hours=-1), 1), (-timedelta(seconds=1), 0)]
)
def test_the_age_of_the_policy_is_whole_days_and_never_less_than_none(before, days):
    assert told(replace(DOSSIER, policy_reviewed=NOW - before), "policy.age_days") == days


def test_what_is_not_known_is_null():
    dossier = replace(
        with_known(subject=None, case=None, matches=(), approvals=(), training=(), acknowledgements=()),
        query=replace(QUERY, plate=None, window=None, limit=None),
        declared=replace(DECLARED, purpose=None, purpose_source=None, case_number=None, reason_text=None),
        usage=None,
        policy_reviewed=None,
    )
    document = told(dossier)
    assert document["subject"] == {"id": "u17", "component": None, "office": None, "roles": None, "active": None}
    assert document["query"]["plate"] == {"match": "none", "fixed_characters": 0, "state": None}
    assert document["query"]["window"] is None
    assert document["policy"] == {"age_days": None}
    assert document["facts"]["case"] is None
    assert document["facts"]["acknowledgement"] is None
    assert document["facts"]["training"] == {}
    nothing = {"queries_1h": None, "queries_24h": None}
    assert document["facts"]["usage"] == nothing | dict.fromkeys(("service", "office", "vendor"), nothing)


@pytest.mark.parametrize(
    ("changes", "named", "matches"),
    [
        ({}, False, True),
        ({"plate": "XQZ120"}, True, True),
        ({"plate": "XQZ1*"}, True, False),
        ({"plate_hash": "h", "plate_matches": True}, True, True),
        ({"scope": "protected_plate"}, False, False),
        ({"scope": "protected_plate", "plate": "XQZ120"}, True, True),
    ],
)
def test_an_approval_says_whether_it_names_a_plate_and_one_of_a_protected_plate_is_for_none_where_it_does_not(
    changes, named, matches
):
    [given] = told(with_known(approvals=(replace(APPROVAL, **changes),)))["facts"]["approvals"]
    assert (given["plate_named"], given["plate_matches"]) == (named, matches)


def test_a_request_not_yet_understood_has_no_input():
    for part in ("identity", "query", "declared", "known"):
        with pytest.raises(Refusal) as refused:
            policy_input(replace(DOSSIER, **{part: None}))
        assert refused.value.reason is Reason.INTERNAL_ERROR


def test_asking_what_would_be_is_judged_like_asking():
    assert policy_input(replace(DOSSIER, explain=True)) == policy_input(DOSSIER)


def test_a_later_judgement_measures_everything_from_then():
    document = told(now=NOW + timedelta(days=1))
    assert document["request"]["time"] == "2026-11-23T14:00:00.000Z"
    assert document["facts"]["training"]["lpr"]["age_days"] == 121
    assert document["query"]["window"]["lookback_days"] == 32.5


# Durations


@given(st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(days=4000)))
@settings(max_examples=examples(200))
def test_a_lookback_is_never_told_shorter_than_it_is_and_at_most_a_tenth_longer(back):
    window = Window(start=NOW - back, end=NOW)
    told_days = json.loads(policy_input(with_query(window=window)))["query"]["window"]["lookback_days"]
    exact = back / timedelta(days=1)
    assert abs(told_days) >= abs(exact) - 1e-9
    assert abs(told_days - exact) < 0.1 + 1e-9
    assert (told_days > 0) is (back > timedelta()) or not back


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (timedelta(days=-1826), timedelta(), {"lookback_days": 1826, "span_days": 1826, "ahead_hours": 0}),
        (timedelta(days=-1826, seconds=-1), timedelta(), {"lookback_days": 1826.1, "span_days": 1826.1}),
        (timedelta(seconds=1), timedelta(seconds=2), {"lookback_days": -0.1, "span_days": 0.1, "ahead_hours": 0.1}),
        (timedelta(days=-1), timedelta(days=-1, seconds=-1), {"span_days": -0.1}),
        (timedelta(), timedelta(hours=24), {"ahead_hours": 24}),
        (timedelta(), timedelta(hours=24, microseconds=1), {"ahead_hours": 24.1}),
    ],
)
def test_a_second_beyond_a_limit_is_told_as_beyond_it(start, end, expected):
    window = told(with_query(window=Window(start=NOW + start, end=NOW + end)), "query.window")
    assert {name: window[name] for name in expected} == expected


def test_an_open_end_is_null_and_so_is_what_would_be_measured_from_it():
    assert told(with_query(window=Window(start=None, end=NOW)), "query.window") == {
        "start": None,
        "end": "2026-11-22T14:00:00.000Z",
        "lookback_days": None,
        "span_days": None,
        "ahead_hours": 0,
    }


def test_the_age_of_facts_is_seen_to_pass_its_limit_within_a_second():
    assert told(with_known(as_of=NOW - timedelta(hours=26)), "facts.age_hours") == 26
    assert told(with_known(as_of=NOW - timedelta(hours=26, seconds=1)), "facts.age_hours") == 26.1
    assert told(with_known(as_of=NOW + timedelta(seconds=1)), "facts.age_hours") == -0.1


# Who asks


def test_a_persons_key_that_names_somebody_may_not_act_for_them():
    identity = replace(IDENTITY, on_behalf_of="u17")
    assert told(replace(DOSSIER, identity=identity), "actor.may_act_for_subject") is False


@pytest.mark.parametrize(
    ("acts_for", "may"),
    [
        ((), False),
        (("user:u17",), True),
        (("office:BAL",), True),
        (("office:NYC", "user:u18"), False),
        (("u17", "BAL", "office:", "user:"), False),
    ],
)
def test_a_service_acts_only_for_the_people_and_offices_of_its_key(acts_for, may):
    actor = told(replace(DOSSIER, identity=service(*acts_for)), "actor")
    assert actor == {
        "method": "key",
        "kind": "service",
        "service": "svc1",
        "may_act_for_subject": may,
        "assurance": None,
    }


def test_whom_the_facts_do_not_know_is_no_less_on_a_services_list_by_name_and_by_no_office():
    dossier = replace(with_known(subject=None), identity=service("user:u17"))
    assert told(dossier, "actor.may_act_for_subject") is True
    assert told(dossier, "subject.active") is None
    dossier = replace(with_known(subject=None), identity=service("office:BAL", "office:None"))
    assert told(dossier, "actor.may_act_for_subject") is False


def test_a_person_without_office_is_in_no_services_office():
    dossier = replace(with_known(subject=replace(SUBJECT, office=None)), identity=service("office:None", "office:"))
    assert told(dossier, "actor.may_act_for_subject") is False


def test_a_service_that_names_nobody_has_no_subject():
    document = told(replace(with_known(subject=None), identity=service("user:u17", on_behalf_of=None)))
    assert document["subject"]["id"] is None
    assert document["actor"]["may_act_for_subject"] is False


def test_facts_about_somebody_else_are_not_lent_to_the_person():
    subject = told(with_known(subject=replace(SUBJECT, user_id="u99")), "subject")
    assert subject == {"id": "u17", "component": None, "office": None, "roles": None, "active": None}


# What is known


def test_only_the_newest_completion_of_a_course_counts():
    old = Training(course="lpr", version="2020", completed_on=date(2020, 1, 1))
    undated = Training(course="lpr", version="2027", completed_on=None)
    new = Training(course="lpr", version="2026", completed_on=date(2026, 11, 21))
    assert told(with_known(training=(old, new, undated)), "facts.training") == {
        "lpr": {"age_days": 1, "version": "2026"}
    }
    assert told(with_known(training=(undated,)), "facts.training") == {"lpr": {"age_days": None, "version": "2027"}}


def test_a_course_with_an_odd_name_is_left_out():
    odd = Training(course="LPR für alle", version="1", completed_on=date(2026, 1, 1))
    assert told(with_known(training=(odd,)), "facts.training") == {}


def test_only_the_newest_acceptance_of_the_rules_counts():
    records = (
        Acknowledgement(document="rules_of_behavior", version="1", accepted_at=NOW - timedelta(days=2, seconds=-1)),
        Acknowledgement(document="rules_of_behavior", version="0", accepted_at=NOW - timedelta(days=9)),
        Acknowledgement(document="rules_of_behavior", version="3", accepted_at=None),
        Acknowledgement(document="holiday_plan", version="2", accepted_at=NOW),
    )
    assert told(with_known(acknowledgements=records), "facts.acknowledgement") == {"version": "1", "age_days": 1}


def test_a_case_other_than_the_cited_one_is_not_known():
    assert told(with_known(case=replace(CASE_FILE, case_number="other")), "facts.case") is None


def test_a_case_without_limitation_has_none():
    assert told(with_known(case=replace(CASE_FILE, lookback_from=None)), "facts.case.lookback_days") is None


def test_the_first_moment_of_the_earliest_day_is_within_the_cases_lookback():
    start = datetime(2023, 8, 10, tzinfo=UTC)
    document = told(with_query(window=Window(start=start, end=NOW)))
    assert document["query"]["window"]["lookback_days"] == document["facts"]["case"]["lookback_days"]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "valid"),
    [
        (None, None, True),
        (date(2026, 11, 22), date(2026, 11, 22), True),
        (date(2026, 11, 23), None, False),
        (None, date(2026, 11, 21), False),
        (date(2026, 11, 1), date(2026, 10, 1), False),
    ],
)
def test_a_plate_is_valid_from_its_first_to_its_last_day(valid_from, valid_to, valid):
    match = replace(MATCH, valid_from=valid_from, valid_to=valid_to)
    assert told(with_known(matches=(match,)), "facts.target.matches.0.plate_valid") is valid


@pytest.mark.parametrize(
    ("asked", "issued", "state"),
    [("AR", "AR", "same"), ("AR", "TX", "differs"), (None, "TX", "unknown"), ("AR", None, "unknown")],
)
def test_states_differ_only_where_both_are_known(asked, issued, state):
    dossier = replace(
        with_known(matches=(replace(MATCH, plate_state=issued),)),
        query=replace(QUERY, plate=replace(QUERY.plate, state=asked)),
    )
    assert told(dossier, "facts.target.matches.0.state") == state


def test_matches_keep_their_order_so_that_obligations_can_point_at_them():
    matches = tuple(replace(MATCH, subject_id=f"s{number}") for number in (3, 1, 2))
    assert [match["subject_id"] for match in told(with_known(matches=matches), "facts.target.matches")] == [
        "s3",
        "s1",
        "s2",
    ]


def test_a_match_of_another_case_is_not_in_the_cited_one():
    assert told(with_known(matches=(replace(MATCH, case_number="x"),)), "facts.target.matches.0.in_cited_case") is False
    uncited = replace(DOSSIER, declared=replace(DECLARED, case_number=None))
    assert told(uncited, "facts.target.matches.0.in_cited_case") is False


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approved_by": "u17"}, {"same_person": True}),
        ({"approved_by": None}, {"same_person": None}),
        ({"approver_active": None}, {"approver_active": None}),
        ({"approver_roles": ("officer",)}, {"approver_is_supervisor": False}),
        ({"case_number": "other"}, {"case_matches": False}),
        ({"case_number": None}, {"case_matches": False}),
        ({"plate": "xqz 12O"}, {"plate_matches": True}),
        ({"plate": "XQZ121"}, {"plate_matches": False}),
        ({"expires_at": None}, {"expires_in_hours": None}),
        ({"expires_at": NOW}, {"expires_in_hours": 0}),
        ({"expires_at": NOW - timedelta(seconds=1)}, {"expires_in_hours": -0.1}),
        ({"expires_at": NOW + timedelta(hours=72, seconds=1)}, {"expires_in_hours": 72.1}),
    ],
)
def test_an_approval_is_compared_with_this_request(changes, expected):
    approval = told(with_known(approvals=(replace(APPROVAL, **changes),)), "facts.approvals.0")
    assert {name: approval[name] for name in expected} == expected


@pytest.mark.parametrize(("approved", "counts"), [("xqz-1*", True), ("xqz-1**", False), ("xqz-1*-*", False)])
def test_an_approval_for_a_pattern_counts_but_with_wildcards_in_a_row_it_may_be_meant_for_fewer_plates(
    approved, counts
):
    query = replace(QUERY, plate=PlateTerm(text=read_sought("XQZ1*"), match="partial", fixed_characters=4, state="AR"))
    dossier = replace(with_known(approvals=(replace(APPROVAL, plate=TypedPlate(approved)),)), query=query)
    assert told(dossier, "facts.approvals.0.plate_matches") is counts


def test_the_person_behind_a_service_key_approves_nothing_for_that_service():
    dossier = replace(with_known(approvals=(replace(APPROVAL, approved_by="svc1"),)), identity=service("user:u17"))
    assert told(dossier, "facts.approvals.0.same_person") is True


def test_no_approval_for_a_plate_covers_a_search_without_one():
    dossier = replace(with_known(approvals=(replace(APPROVAL, plate="XQZ120"),)), query=replace(QUERY, plate=None))
    assert told(dossier, "facts.approvals.0.plate_matches") is False


# What is asked


@pytest.mark.parametrize(
    ("reason", "present"),
    [(None, False), ("", False), (" \n", False), (".", False), ("?! -_", False), ("x", True), ("\u7528", True)],
)
def test_a_reason_is_present_only_if_something_is_written(reason, present):
    assert told(replace(DOSSIER, declared=replace(DECLARED, reason_text=reason)), "query.reason_present") is present


@pytest.mark.parametrize(
    ("reason", "circumstance", "present"),
    [
        ("exigent_circumstances: kidnapping: child taken", "kidnapping", True),
        ("exigent_circumstances| kidnapping |child taken", "kidnapping", True),
        ("kidnapping: child taken", "kidnapping", True),
        ("exigent_circumstances: kidnapping", "kidnapping", False),
        ("exigent_circumstances: kidnapping: ", "kidnapping", False),
        ("exigent_circumstances: kidnapping: .", "kidnapping", False),
        ("exigent_circumstances: child taken, kidnapping: white van", None, True),
        ("exigent_circumstances: Kidnapping: child taken", "kidnapping", True),
        ("exigent_circumstances", None, False),
    ],
)
def test_an_emergency_names_its_circumstance_first_and_says_more(reason, circumstance, present):
    claimed = replace(DECLARED, purpose="exigent_circumstances", reason_text=reason)
    document = told(replace(DOSSIER, declared=claimed))
    assert (document["query"]["circumstance"], document["query"]["reason_present"]) == (circumstance, present)


def test_a_search_that_is_no_emergency_names_no_circumstance():
    ordinary = replace(DECLARED, reason_text="criminal_investigation: kidnapping: child taken")
    assert told(replace(DOSSIER, declared=ordinary), "query.circumstance") is None


def test_the_age_of_a_declared_context_is_told_in_whole_minutes():
    context = Context(
        context_id="c1",
        user_id="u17",
        mount="/flock",
        purpose="other",
        case_number=CASE,
        declared_at=NOW - timedelta(minutes=61, seconds=59),
        expires_at=NOW + timedelta(hours=1),
    )
    assert told(replace(DOSSIER, declared=replace(DECLARED, context=context)), "query.context_age_minutes") == 61


def test_a_search_by_place_is_told_without_the_place():
    assert told(with_query(geo=Geo(kind="radius", size_miles=0.00001)), "query.geo") == {
        "kind": "radius",
        "size_miles": 0,
    }
    assert told(with_query(geo=Geo(kind="camera", size_miles=None)), "query.geo") == {
        "kind": "camera",
        "size_miles": None,
    }


# Pages


def test_a_page_is_judged_as_its_search_under_its_own_name():
    search, page = told(), told(opened())
    assert page["operation"] == {"vendor": "flock", "name": "plate.page"}
    assert page | {"operation": None} == search | {"operation": None}


def test_a_page_is_judged_for_what_its_search_was_declared_for():
    other = replace(DECLARED, purpose="other", case_number="x", purpose_source="context")
    assert policy_input(replace(opened(), declared=other)) == policy_input(opened())


# What must never be in it

SECRETS = ("QQQSECRET1", "qqqsecret2", "QQQ-SECRET-3", "Qqq Secret4", "qqq secret5", "qqqsecret6")


@given(st.permutations(SECRETS), st.sampled_from(["exact", "partial", "fuzzy"]), st.booleans())
@settings(max_examples=examples(50))
def test_no_plate_no_name_and_no_free_text_is_ever_in_the_input(secrets, match, is_page):
    plate, issued, approved, name, reason, rest = secrets
    asked = replace(
        QUERY,
        plate=PlateTerm(text=plate, match=match, fixed_characters=6, state="AR"),
        claims=Claims(reason_text=reason),
        rest={"note": rest},
    )
    known = replace(
        KNOWN,
        subject=replace(SUBJECT, name=name),
        matches=(replace(MATCH, plate=issued),),
        approvals=(replace(APPROVAL, plate=approved),),
        case=replace(CASE_FILE, offense_code=rest),
    )
    base = opened(asked) if is_page else replace(DOSSIER, query=asked)
    raw = replace(DOSSIER.request, target=f"/flock?plate={plate}", headers=(("x-plate", plate),), body=plate.encode())
    text = policy_input(replace(base, known=known, declared=replace(DECLARED, reason_text=reason), request=raw)).lower()
    assert "secret" not in text
