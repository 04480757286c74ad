"""An officer's whole way: a tool written for the vendor, changed in base URL and key alone."""

import contextlib
import csv
import time

import pytest

from gateway import clock
from gateway.demo.agency import PLATE
from tests.http.agency import MARKED_PLATE
from tests.http.asking import CLAIMS, LOOKUP, ask, days_ago, parameters, search
from tests.http.clients import FlockClient, RekorClient
from tests.http.conftest import FLOCK_HOST, REKOR_HOST


@pytest.fixture
def flock_client(world, officer):
    client = FlockClient(f"http://127.0.0.1:{world.port}/flock", officer.key_id, officer.key)
    with contextlib.closing(client):
        yield client


def plates_of(page):
    return {read["plate"]["plate"] for read in page["results"]}


def test_a_client_of_flocks_documented_api_searches_and_reads_every_page(flock_client):
    flock_client.login()
    pages = list(flock_client.pages(**search(limit=20)))
    assert len(pages) > 2
    assert all(plates_of(page) <= {PLATE} for page in pages)
    identities = [read["id"] for page in pages for read in page["results"]]
    assert len(identities) == len(set(identities)) > 40


def test_a_client_that_did_not_log_in_is_told_to_and_then_served(flock_client):
    assert flock_client.lookup(**search())["results"]


def test_a_denial_is_told_where_flocks_tools_look_for_an_error(flock_client):
    flock_client.login()
    with pytest.raises(RuntimeError, match="does not belong to a known subject of the case"):
        flock_client.lookup(**search(plate="ZZZ999"))


def test_a_client_may_write_the_base_url_with_the_version_in_it(officer):
    reply = officer.ask("POST", "/flock/reads/lookup", body=search())
    assert reply.status == 200
    assert reply.document["results"]


def test_a_client_of_rekors_documented_api_searches_in_a_declared_context(world, officer):
    body = {"purpose": CLAIMS["X-LPR-Purpose"], "case_number": CLAIMS["X-LPR-Case"], "mount": "/rekor", "hours": 1}
    assert officer.ask("POST", "/gateway/contexts", body=body).status == 201
    rows = RekorClient(f"http://127.0.0.1:{world.port}/rekor", officer.key).search(**parameters(order="asc"))
    assert {row["fields"]["best_plate"] for row in rows} == {PLATE}


def test_a_vendor_can_have_a_host_name_of_its_own(world, officer):
    host = f"{FLOCK_HOST.upper()}:{world.port}"
    reply = officer.ask("POST", "/api/v3/reads/lookup", body=search(), headers={"Host": host})
    assert plates_of(reply.document) == {PLATE}


@pytest.mark.parametrize("target", ["/rekor", "/rekor/", "/rekor?api_key=x"])
def test_the_base_url_alone_is_told_as_the_vendors_and_not_as_none(world, officer, target):
    told = ask(world.port, "GET", target)
    assert told.codes == [["credential_missing"], ["credential_invalid"]]["?" in target]
    reply = ask(world.port, "GET", target.partition("?")[0] + f"?api_key={officer.key}")
    assert (reply.codes, "GET /api/search/plate" in reply.document["detail"]) == (["unknown_operation"], True)


@pytest.mark.parametrize("target", ["/rekor/api/search/plate", "/flock/api/v3/reads/lookup"])
def test_a_host_name_serves_one_vendor_and_no_mount_beside_it(officer, target):
    reply = officer.ask("POST", target, body=search(), headers={"Host": REKOR_HOST})
    assert reply.status in (401, 403)
    assert set(reply.codes) <= {"credential_missing", "unknown_operation"}


def test_what_was_typed_carelessly_finds_the_plate_as_issued(officer):
    reply = officer.lookup(plate=" fna-579 ")
    assert plates_of(reply.document) == {PLATE}


def await_within_a_tenth_of_a_day():
    """Until a search that begins a second earlier is of as many tenths of days."""
    while not 10 < clock.now().timestamp() % 8640 < 8630:
        time.sleep(0.05)


def test_a_search_of_fewer_times_than_were_asked_for_says_which_and_another_says_nothing(officer):
    """The case may be searched from the first moment of a day, and the policy counts tenths of days."""
    await_within_a_tenth_of_a_day()
    first_moment = days_ago(1200)[:10] + "T00:00:00.000Z"
    a_little_before = days_ago(1201)[:10] + "T23:59:59.000Z"
    end = days_ago(1100)
    cut = officer.lookup(startDate=a_little_before, endDate=end)
    assert cut.status == 200
    assert cut.headers["x-lpr-window"].startswith(f"{first_moment}/{end[:19]}")
    further = officer.lookup(startDate=a_little_before, endDate=end, limit=1)
    page = officer.ask("GET", f"/flock/api/v3/reads/lookup/page/{further.document['nextPageId']}")
    assert (page.status, page.headers["x-lpr-window"]) == (200, further.headers["x-lpr-window"])
    assert "x-lpr-window" not in officer.lookup(startDate=first_moment, endDate=end).headers


def test_who_searches_a_time_at_which_the_subject_did_not_hold_the_plate_is_told_and_so_is_who_explains(officer):
    before = {"startDate": days_ago(920), "endDate": days_ago(890)}
    reply = officer.lookup(**before)
    [(begins, ends)] = [span.split("/") for span in reply.headers["x-lpr-held"].split(", ")]
    assert (reply.status, begins[:10], ends[:19]) == (200, days_ago(900)[:10], before["endDate"][:19])
    assert {read["capturedAt"] >= begins for read in reply.document["results"]} == {True}
    earlier = search(startDate=days_ago(940), endDate=days_ago(920))
    described = {"mount": "flock", "method": "POST", "path": "/api/v3/reads/lookup", "body": earlier}
    for asked in (officer.ask("POST", LOOKUP, body=earlier), officer.ask("POST", "/gateway/explain", body=described)):
        assert (asked.status, asked.headers["x-lpr-held"]) == (200, "none")
    assert "x-lpr-held" not in officer.lookup().headers


def test_a_second_page_is_nobody_elses(world, officer):
    page = officer.lookup().document["nextPageId"]
    target = f"/flock/api/v3/reads/lookup/page/{page}"
    assert world.officer().ask("GET", target).codes == ["page_unknown"]
    by_another_key = world.person(officer.user_id).ask("GET", target)
    assert by_another_key.codes == ["page_unknown"]
    assert (
        "the very key or card that the search was made with, for a renewed one is another"
        in by_another_key.document["detail"]
    )
    assert officer.ask("GET", target.replace("/flock", "/slow")).codes == ["page_unknown"]
    assert officer.ask("GET", target).status == 200


def test_no_link_and_no_unlisted_field_reaches_the_officer(officer):
    reply = officer.lookup(limit=50)
    text = reply.body.decode()
    assert reply.document["results"]
    for word in ("share.flocksafety.com", "link", "vehicle", "additionalMetadata", "searchTimeMs"):
        assert word not in text


def test_a_plate_that_five_hundred_people_hold_is_searched_like_any_other(install):
    gateway = install()
    facts = gateway.folder / "facts"
    held = [(f"h{number:03}", f"27-{number:06}") for number in range(500)]
    for table, rows in {
        "cases": [(case, "criminal", "open", "2025-01-01", "", "", "2024-01-01", "BAL") for _, case in held],
        "subjects": [(subject, case, "subject", "true") for subject, case in held],
        "subject_plates": [(subject, MARKED_PLATE, "AR", "", "") for subject, _ in held],
    }.items():
        with (facts / f"{table}.csv").open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    gateway.import_facts(facts)
    gateway.start()
    officer = gateway.officer()
    found = officer.lookup(plate=MARKED_PLATE, limit=1)
    assert found.status == 200
    assert found.document["nextPageId"]
    assert officer.ask("GET", f"{LOOKUP}/page/{found.document['nextPageId']}").status == 200
