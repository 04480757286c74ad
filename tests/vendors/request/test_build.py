import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import Window
from gateway.plates import STATES
from gateway.reasons import Reason
from gateway.value import replace
from gateway.vendors import Profile, build, fit_to_vendor, recognise
from tests.properties import examples
from tests.vendors.refusals import refused
from tests.vendors.samples import END, FLOCK, LOOKUP, REKOR, START, effective, flock_queries, raw, rekor_queries

WHO = {"decision_id": "0191f7d6-0000-7000-8000-000000000001", "pseudonym": "p7f3k2"}


def sent(request):
    """What a vendor that is a gateway would receive."""
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in request.query)
    target = request.path + (f"?{query}" if query else "")
    return raw(request.method, target, headers=request.headers, body=request.body or b"")


def read_back(profile, request):
    return recognise(profile, sent(request), request.path)


def same(query, wanted):
    assert (query.vendor, query.operation) == (wanted.vendor, wanted.operation)
    assert query.plate.text == wanted.plate
    assert query.plate.state == wanted.plate_state
    assert query.window == wanted.window
    assert query.limit == wanted.limit
    assert query.rest == wanted.rest


@settings(max_examples=examples(150))
@given(flock_queries)
def test_what_is_built_for_flock_is_recognised_as_the_effective_query(wanted):
    query = read_back(FLOCK, build(FLOCK, wanted, **WHO))
    same(query, wanted)
    assert query.claims.purpose == wanted.purpose
    assert query.claims.case_number == wanted.case_number


@settings(max_examples=examples(150))
@given(rekor_queries)
def test_what_is_built_for_rekor_is_recognised_as_the_effective_query(wanted):
    same(read_back(REKOR, build(REKOR, wanted, **WHO)), wanted)


@settings(max_examples=examples(50))
@given(flock_queries | rekor_queries)
def test_only_listed_routes_and_fields_are_built(wanted):
    profile = FLOCK if wanted.vendor == "flock" else REKOR
    request = build(profile, wanted, **WHO)
    operation = profile.by_name[wanted.operation]
    assert (request.method, request.path) == (operation.method, operation.paths[0])
    assert {name for name, _ in request.query} | set(json.loads(request.body or b"{}")) <= set(operation.fields)
    assert {name for name, _ in request.headers} <= {"accept", "content-type"}


def test_the_vendors_reason_joins_its_audit_to_ours():
    document = json.loads(build(FLOCK, effective(), **WHO).body)
    assert document["reason"] == f"criminal_investigation | case 25-001234 | {WHO['decision_id']} | p7f3k2"
    assert document["caseNumber"] == "25-001234"


def test_a_partial_plate_is_written_with_the_vendors_wildcard():
    partial = effective(vendor="rekor", operation="plate.fuzzy", plate="ABC1*", plate_state=None)
    table = REKOR.model_dump()
    table["operations"][1]["wildcard"] = "%"
    profile = Profile.model_validate(table)
    assert dict(build(profile, partial, **WHO).query)["plate"] == "ABC1%"
    assert read_back(profile, build(profile, partial, **WHO)).plate.text == "ABC1*"


def test_a_partial_plate_is_not_built_where_there_is_no_wildcard():
    with refused(Reason.OBLIGATION_NOT_POSSIBLE):
        build(FLOCK, effective(plate="ABC1*"), **WHO)


def test_a_limit_beyond_the_vendors_becomes_the_vendors():
    assert fit_to_vendor(FLOCK, effective(limit=200)) == effective(limit=50)
    assert fit_to_vendor(FLOCK, effective(limit=20)) == effective(limit=20)
    assert fit_to_vendor(FLOCK, effective(limit=None)) == effective(limit=None)


def test_a_limit_beyond_the_vendors_is_never_built():
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, effective(limit=51), **WHO)


def test_a_state_that_the_vendor_has_no_name_for_is_left_out():
    assert fit_to_vendor(FLOCK, effective(plate_state="GU")) == effective(plate_state=None)
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, effective(plate_state="GU"), **WHO)


def test_what_an_operation_does_not_take_is_no_part_of_what_is_asked():
    table = REKOR.model_dump()
    del table["operations"][0]["fields"]["topn"]
    profile, asked = Profile.model_validate(table), {"vendor": "rekor", "operation": "plate.search"}
    assert fit_to_vendor(profile, effective(**asked, limit=7)).limit is None


@settings(max_examples=examples(50))
@given(flock_queries | rekor_queries, st.none() | st.integers(1, 10**6), st.sampled_from(sorted(STATES)) | st.none())
def test_what_is_fitted_to_a_vendor_is_recognised_as_it_is(wanted, limit, state):
    profile = FLOCK if wanted.vendor == "flock" else REKOR
    fitted = fit_to_vendor(profile, replace(wanted, limit=limit, plate_state=state))
    same(read_back(profile, build(profile, fitted, **WHO)), fitted)


@pytest.mark.parametrize("window", [Window(start=None, end=END), Window(start=START, end=None)])
def test_an_open_window_is_never_built(window):
    with refused(Reason.OBLIGATION_NOT_POSSIBLE):
        build(FLOCK, effective(window=window), **WHO)


@pytest.mark.parametrize("rest", [{"callbackUrl": "x"}, {"plate": "ZZZ999"}, {"reason": "x"}, {"limit": 50}])
def test_a_field_that_may_not_pass_as_it_is_is_never_built(rest):
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, effective(rest=rest), **WHO)


@pytest.mark.parametrize("changes", [{"operation": "hotlist.add"}, {"vendor": "rekor"}])
def test_an_operation_that_is_not_listed_is_never_built(changes):
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, effective(**changes), **WHO)


@pytest.mark.parametrize("operation", ["plate.search", "plate.page"])
def test_a_page_is_asked_for_by_the_vendors_id_alone(operation):
    request = build(FLOCK, effective(operation=operation, page_id="184620d5-f29a"), **WHO)
    assert (request.method, request.path) == ("GET", f"{LOOKUP}/page/184620d5-f29a")
    assert (request.query, request.body) == ((), None)


@pytest.mark.parametrize("page_id", ["", "..", "../users", "a/b", "a%2fb", "a?b=c", "a b", "a#b", "é", "a" * 513])
def test_a_page_id_that_changes_the_path_is_never_built(page_id):
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, effective(operation="plate.page", page_id=page_id), **WHO)


def test_a_page_without_id_is_never_built():
    with refused(Reason.INTERNAL_ERROR):
        build(FLOCK, replace(effective(), operation="plate.page"), **WHO)
