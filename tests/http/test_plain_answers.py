"""What people who are not engineers are told by a gateway that runs: which value was meant, what may stand in a field."""

import json
import signal
from datetime import timedelta

import pytest

from gateway.clock import format_instant, now
from gateway.demo.agency import CASE
from tests.http.asking import CLAIMS, ask
from tests.http.test_failures_told import await_told


def test_a_purpose_written_as_people_write_it_is_met_with_its_code(officer):
    reply = officer.plates(headers=CLAIMS | {"X-LPR-Purpose": "Criminal Investigation"})
    assert reply.status == 400
    assert reply.document["reasons"][0]["fix"].endswith("Did you mean criminal_investigation?")


def test_flocks_tools_are_told_the_purpose_that_was_meant_in_flocks_own_reason(officer):
    reply = officer.lookup(reason="Criminal Investigation: document fraud ring")
    assert reply.codes == ["purpose_missing"]
    assert reply.document["error"].endswith("Did you mean criminal_investigation?")


def test_a_suggestion_stands_with_the_reason_it_is_for_and_with_no_other(officer):
    reply = officer.lookup(reason="Criminal Investigation: document fraud ring", caseNumber="26-999999")
    fixes = {one["code"]: one["fix"] for one in reply.document["reasons"]}
    assert fixes.keys() == {"purpose_missing", "case_not_assigned"}
    assert [code for code, fix in fixes.items() if "Did you mean" in fix] == ["purpose_missing"]


def test_the_vendors_own_error_member_names_the_field_and_what_may_stand_there(officer):
    reply = officer.lookup(limit=999)
    assert reply.codes == ["request_out_of_range"]
    assert ": limit." in reply.document["error"]
    assert "Allowed: at least 1 and at most " in reply.document["error"]
    rekor = officer.plates(order="sideways")
    assert rekor.document["reasons"][0]["fix"].endswith("Allowed: asc, desc.")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"plates": ["FNA579"]}, "There are: plate, reason, caseNumber, startDate, endDate, state, limit"),
        ({"caseNumber": "25#1"}, "Allowed: letters, digits, spaces and . _ / -"),
        ({"state": "Arkansas"}, "Allowed: the vendor's names of states, in full"),
    ],
)
def test_a_search_that_is_not_understood_is_told_what_there_is_and_what_may_stand_there(officer, changes, told):
    assert told in officer.lookup(**changes).document["error"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"purpose": "Criminal Investigation"}, "Did you mean criminal_investigation?"),
        ({"purpose": "Curiosity, alone"}, "Allowed: the code of a purpose, as criminal_investigation."),
        ({"purpose": "criminal_investgation"}, "Did you mean criminal_investigation?"),
        ({"purpose": "curiosity_alone"}, "Yours are: criminal_investigation, "),
        ({"mount": "/recor"}, ", rekor, "),
        ({"hours": 12}, "Allowed: a whole number, 1 to 8."),
        ({"case": "25-001234"}, "There are: purpose, case_number, mount, hours."),
        ({"case_number": "25#1"}, "Allowed: letters, digits, spaces and . _ / -"),
    ],
)
def test_a_context_that_cannot_be_is_told_what_may_stand_there(officer, changes, told):
    body = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor", "hours": 2} | changes
    assert told in officer.ask("POST", "/gateway/contexts", body=body).document["detail"]


def test_the_gateways_own_addresses_say_where_the_key_belongs_and_which_content_they_take(world, officer):
    nobody = ask(world.port, "GET", "/gateway/whoami").document["detail"]
    assert nobody.endswith("Here that is: Authorization: Bearer.")
    form = officer.ask("POST", "/gateway/contexts", body=b"a=1", headers={"Content-Type": "text/plain"})
    assert form.document["detail"].endswith("Send the header Content-Type: application/json.")


def test_a_browser_at_the_front_door_gets_a_page_and_a_tool_a_refusal(world):
    page = ask(world.port, "GET", "/", headers={"Accept": "text/html"})
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert ask(world.port, "GET", "/").codes == ["mount_unknown"]


def warned(gateway):
    warnings = json.loads(gateway.ask_admin("/readyz")[1])["warnings"]
    return any(warning.startswith("the clock stands before the last record") for warning in warnings)


def test_a_clock_two_days_off_is_not_ready_and_says_so(install):
    gateway = install()
    memory = gateway.state / "secrets" / "clock.json"
    memory.write_text(json.dumps({"believed": format_instant(now() + timedelta(days=2))}))
    gateway.start(ready=503)
    told = json.loads(gateway.ask_admin("/readyz")[1])
    assert told["ready"] is False
    assert told["checks"]["clock"].startswith("the clock stands before the last record: put it right; ")
    assert "lpr-gateway audit confirm-clock --why TEXT" in told["checks"]["clock"]
    assert gateway.officer().lookup().codes == ["clock_untrusted"]
    gateway.ledger.wait(lambda: warned(gateway), seconds=60)
    assert all(warned(gateway) for _ in range(8)), "whichever worker answers"
    gateway.process.send_signal(signal.SIGHUP)
    assert "those are of the start" in await_told(gateway, "workers_restart")[0]["not_read"]
