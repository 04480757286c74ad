"""While everything is stopped no search is served; people go on reviewing and deciding, by the tables of before."""

import shutil

from tests.http.test_approvals import PRIVACY, SUPERVISOR, ask_from, decide, emergency, fuzzy
from tests.http.test_own_reasons import wait_until_taken_up


def stop_everything(gateway):
    assert gateway.run("policy", "deactivate", "--why", "The vendor lost data.").exit_code == 0
    wait_until_taken_up(gateway)


def test_an_emergency_is_reviewed_and_an_approval_decided_while_every_search_is_stopped(install):
    gateway = install()
    gateway.start()
    officer, supervisor = gateway.officer(), gateway.person(SUPERVISOR)
    waiting = ask_from(officer, fuzzy(officer)).document["approval_id"]
    decision_id = emergency(officer).headers["x-lpr-decision"]
    stop_everything(gateway)
    assert officer.lookup().codes == ["searches_stopped"]
    assert supervisor.ask("GET", "/gateway/whoami").document["reviews"]["to_review"] == 1
    [due] = supervisor.ask("GET", "/gateway/emergencies").document["emergencies"]
    assert (due["decision_id"], due["statement"]) == (decision_id, "kidnapping: child taken, call 4711")
    judged = {"outcome": "justified", "reason": "confirmed by dispatch"}
    address = f"/gateway/emergencies/{decision_id}/review"
    assert gateway.officer().ask("POST", address, body=judged).codes == ["review_role"]
    assert gateway.person(PRIVACY).ask("POST", address, body=judged).document["status"] == "justified"
    too_long = decide(supervisor, waiting, "approve", hours=400).document["detail"]
    assert "Allowed: a whole number, 1 to 72." in too_long
    assert decide(supervisor, waiting, "approve", hours=4).document["status"] == "approved"
    told = officer.ask("GET", "/gateway/whoami").document
    assert (told["missing"], told["searches"]["ceiling"]) == (["searches_stopped"], 200)
    assert officer.ask("GET", "/gateway/acknowledgements/current").document["version"] == "1"


def test_where_the_tables_of_before_a_stop_cannot_be_read_that_is_told_and_nobody_is_judged_by_none(install):
    gateway = install()
    gateway.start()
    officer, supervisor = gateway.officer(), gateway.person(SUPERVISOR)
    waiting = ask_from(officer, fuzzy(officer)).document["approval_id"]
    shutil.rmtree(next((gateway.state / "revisions").iterdir()) / "tables")
    stop_everything(gateway)
    asked = [supervisor.ask("GET", "/gateway/emergencies"), decide(supervisor, waiting, "approve", hours=4)]
    assert [reply.codes for reply in asked] == [["searches_stopped"]] * 2
    assert all("Nor can the tables be read that were in force before." in reply.document["detail"] for reply in asked)
