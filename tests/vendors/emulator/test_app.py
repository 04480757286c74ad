import base64
import http.client
import json
from urllib.parse import urlencode

import pytest

from gateway import plates
from gateway.errors import ConfigurationError
from gateway.model import VendorAnswer
from gateway.vendors import Profile, build, parse_answer
from gateway.vendors.emulator import create_emulator
from tests.vendors.conftest import running
from tests.vendors.samples import FLOCK, LOOKUP, PARAMETERS, REKOR, SEARCH, effective

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
CLIENT = {"grant_type": "client_credentials", "client_id": "agency", "client_secret": "s3cret"}
WHO = {"decision_id": "d1", "pseudonym": "p1"}


def token(vendor):
    status, body = vendor.ask("POST", "/oauth/token", body=urlencode(CLIENT), headers=FORM)
    assert status == 200
    return json.loads(body)["access_token"]


def looked_up(vendor, **changes):
    fields = {name: value for name, value in (SEARCH | changes).items() if value is not None}
    headers = JSON | {"authorization": f"Bearer {token(vendor)}"}
    status, body = vendor.ask("POST", LOOKUP, body=json.dumps(fields), headers=headers)
    return status, json.loads(body)


def searched(vendor, name="plate", **changes):
    fields = {key: value for key, value in (PARAMETERS | {"api_key": "k3y"} | changes).items() if value is not None}
    status, body = vendor.ask("GET", f"/api/search/{name}?{urlencode(fields)}")
    return status, json.loads(body)


def test_a_token_is_given_for_the_right_client_only(flock):
    status, body = flock.ask("POST", "/oauth/token", body=urlencode(CLIENT | {"client_secret": "x"}), headers=FORM)
    assert (status, json.loads(body)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic eDp5"}])
def test_flock_answers_nobody_without_a_token(flock, headers):
    status, body = flock.ask("POST", LOOKUP, body=json.dumps(SEARCH), headers=JSON | headers)
    assert (status, json.loads(body)) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("missing", ["plate", "reason", "startDate", "endDate"])
def test_flock_insists_on_its_fields(flock, missing):
    status, document = looked_up(flock, **{missing: None})
    assert (status, document["error"]) == (400, f"{missing} is required")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"limit": 51}, 422),
        ({"limit": 0}, 422),
        ({"state": "AR"}, 422),
        ({"startDate": "yesterday"}, 400),
        ({"startDate": "2025-03-01T00:00:00Z"}, 400),
        ({"radius": {}, "area": {}}, 400),
    ],
)
def test_flock_refuses_what_its_description_excludes(flock, changes, status):
    assert looked_up(flock, **changes)[0] == status


def test_flock_has_no_other_addresses(flock):
    assert flock.ask("GET", "/api/v3/devices")[0] == 404
    assert flock.ask("GET", LOOKUP)[0] == 405


def test_pages_of_flock_hold_every_read_once(flock):
    bearer = {"authorization": f"Bearer {token(flock)}"}
    status, document = looked_up(flock, limit=50)
    ids, total = [row["id"] for row in document["results"]], document["totalItems"]
    assert (status, len(ids)) == (200, 50)
    while "nextPageId" in document:
        status, body = flock.ask("GET", f"{LOOKUP}/page/{document['nextPageId']}", headers=bearer)
        document = json.loads(body)
        ids += [row["id"] for row in document["results"]]
    assert "previousPageId" in document
    assert len(set(ids)) == len(ids) == total
    assert flock.ask("GET", f"{LOOKUP}/page/unknown", headers=bearer)[0] == 404


def test_around_the_plates_reads_lie_reads_that_must_not_pass(flock):
    _, document = looked_up(flock, plate="ABC120", limit=50)
    results = parse_answer(FLOCK, "plate.search", VendorAnswer(status=200, headers=(("content-type", "application/json"),), body=json.dumps(document).encode()))  # fmt: skip
    assert {read.plate for read in results.reads} > {"ABC12O", "ABC120"}
    assert {read.state for read in results.reads} == {"TX", "OK"}
    assert min(read.time for read in results.reads).year < 2016
    assert any(plates.fold(plates.normalize(read.plate)) != "ABC120" for read in results.reads)
    assert results.withheld > 0


def test_the_same_search_has_the_same_reads(flock):
    assert looked_up(flock)[1]["results"] == looked_up(flock)[1]["results"]


def test_a_plate_that_was_never_seen_has_no_reads(flock):
    assert looked_up(flock, plate="ZZZ999")[1] == {"results": [], "searchTimeMs": 12, "totalItems": 0}
    assert looked_up(flock, state="texas")[1]["results"] == []


def test_rekor_answers_nobody_without_its_key(rekor):
    assert searched(rekor, api_key=None)[0] == 401
    assert searched(rekor, api_key="x")[0] == 401


def test_rekor_needs_one_end_of_the_window(rekor):
    assert searched(rekor, start=None, end=None)[0] == 400
    assert searched(rekor, start=None)[0] == 200
    assert searched(rekor, end=None)[0] == 200


@pytest.mark.parametrize("changes", [{"start": "yesterday"}, {"topn": "ten"}])
def test_rekor_refuses_what_it_cannot_read(rekor, changes):
    assert searched(rekor, **changes)[0] == 400


@pytest.mark.parametrize(
    ("name", "operation"), [("plate", "plate.search"), ("platecandidate", "plate.fuzzy"), ("alert", "alert.search")]
)
def test_rekors_rows_are_what_its_profile_lists(rekor, name, operation):
    status, document = searched(rekor, name, topn=5)
    answer = VendorAnswer(
        status=status, headers=(("content-type", "application/json"),), body=json.dumps(document).encode()
    )
    results = parse_answer(REKOR, operation, answer)
    listed = REKOR.answers[REKOR.by_name[operation].answer].row
    assert len(results.reads) == 5
    assert all({field.path for field in read.fields} == set(listed) for read in results.reads)


def test_rekor_narrows_by_place_and_order(rekor):
    rows = searched(rekor, order="asc")[1]
    camera = rows[0]["fields"]["camera"]
    assert [row["pk"] for row in rows] == sorted(row["pk"] for row in rows)
    assert {row["fields"]["camera"] for row in searched(rekor, camera=camera)[1]} == {camera}


def test_a_pattern_finds_every_plate_that_fits(rekor):
    found = {row["fields"]["plate_number"] for row in searched(rekor, "platecandidate", plate="D2651*")[1]}
    assert found >= {"D2651BF", "D2651XX"}


def test_what_is_built_is_accepted_by_the_vendor(flock, rekor):
    request = build(FLOCK, effective(), **WHO)
    headers = dict(request.headers) | {"authorization": f"Bearer {token(flock)}"}
    assert flock.ask(request.method, request.path, body=request.body, headers=headers)[0] == 200
    request = build(REKOR, effective(vendor="rekor", plate="D2651BF", plate_state=None), **WHO)
    query = urlencode([*request.query, ("api_key", "k3y")])
    assert rekor.ask(request.method, f"{request.path}?{query}", headers=dict(request.headers))[0] == 200


def test_every_request_is_recorded_as_it_was_received(tmp_path):
    with running("flock", tmp_path) as vendor:
        vendor.ask("POST", "/x/%2e%2e/y?a=%3A", body=b"\xff\x00", headers={"X-Odd": "one"})
        vendor.ask("DELETE", LOOKUP)
        first, second = vendor.recorded()
    assert (first["method"], first["target"]) == ("POST", "/x/%2e%2e/y?a=%3A")
    assert ["x-odd", "one"] in first["headers"]
    assert base64.b64decode(first["body"]) == b"\xff\x00"
    assert (second["method"], second["target"], second["body"]) == ("DELETE", LOOKUP, "")


@pytest.mark.parametrize(
    ("faults", "status", "body"),
    [({"fail_rate": 1}, 500, b'{"error":"Internal error"}'), ({"garbage_rate": 1}, 200, b'{"results":[\xff\x00{]')],
)
def test_faults_are_what_was_asked_for(tmp_path, faults, status, body):
    with running("rekor", tmp_path, **faults) as vendor:
        assert vendor.ask("GET", "/api/search/plate") == (status, body)


def test_an_answer_cut_short_is_seen_to_be(tmp_path):
    with running("rekor", tmp_path, truncate_rate=1) as vendor, pytest.raises(http.client.IncompleteRead):
        searched(vendor)


def test_faults_spare_the_token_endpoint(tmp_path):
    with running("flock", tmp_path, fail_rate=1) as vendor:
        assert token(vendor)
        assert vendor.ask("POST", LOOKUP)[0] == 500


def test_there_is_no_emulator_for_a_profile_of_ones_own():
    with pytest.raises(ConfigurationError, match="no emulator"):
        create_emulator(Profile.model_validate(REKOR.model_dump() | {"name": "mine"}))


@pytest.mark.parametrize(("rate", "least", "most"), [(1, 0, 0), (0.5, 1, 49), (0, 50, 50)])
def test_reads_lose_the_zone_of_their_times_as_often_as_was_asked_for(tmp_path, rate, least, most):
    with running("flock", tmp_path, undated_rate=rate) as vendor:
        times = [read["capturedAt"] for read in looked_up(vendor)[1]["results"]]
    assert least <= sum(time.endswith("Z") for time in times) <= most
