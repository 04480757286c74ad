"""The gateway's own addresses: contexts, accepted rules, who am I, would this be allowed; health and numbers."""

import csv
import hashlib
import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.clock import now, parse_instant
from gateway.demo.agency import CASE, CLOSED_CASE, LAPSED, OFFICER, OTHERS_CASE, SERVICE, UNLISTED_CASE, UNSIGNED
from gateway.pdp.bundle import load_policies
from tests.http.agency import write_agency
from tests.http.asking import CLAIMS, PLATES, parameters, search
from tests.http.installation import POLICIES
from tests.http.test_identity import bearing, token_of

PURPOSE = CLAIMS["X-LPR-Purpose"]
RULES = {"document": "rules_of_behavior", "version": "1"}
NONE_WAITS = ("due", "overdue", "to_review", "findings_to_review", "findings_to_assign")


def declare(person, **changes):
    body = {"purpose": PURPOSE, "case_number": CASE, "mount": "/rekor", "hours": 2} | changes
    return person.ask(
        "POST", "/gateway/contexts", body={name: value for name, value in body.items() if value is not None}
    )


def test_a_key_for_one_vendor_declares_no_context_at_another(world):
    person = world.officer("--mount", "flock")
    body = {"purpose": "criminal_investigation", "case_number": CASE, "mount": "rekor"}
    refused = person.ask("POST", "/gateway/contexts", body=body)
    assert (refused.status, refused.codes) == (400, ["request_out_of_range"])
    assert "This key is for flock alone." in refused.document["detail"]
    assert person.ask("POST", "/gateway/contexts", body=body | {"mount": "flock"}).status == 201


def test_a_declared_context_says_what_a_tool_cannot(world, officer):
    assert declare(officer).status == 201
    assert officer.plates(headers={}).status == 200
    record = world.ledger.one(event_type="decision", user_id=officer.user_id)
    assert (record["purpose_source"], record["case_source"]) == ("context", "context")
    assert record["context_id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": "curiosity_alone"}, "purpose_not_allowed"),
        ({"purpose": "civil_immigration_enforcement"}, "purpose_not_allowed"),
        ({"case_number": UNLISTED_CASE}, "case_not_assigned"),
        ({"case_number": OTHERS_CASE}, "case_not_assigned"),
        ({"case_number": CLOSED_CASE}, "case_not_assigned"),
    ],
)
def test_a_context_for_what_no_search_could_be_allowed_is_refused_when_it_is_declared(officer, changes, code):
    reply = declare(officer, **changes)
    assert (reply.status, reply.codes) == (403, [code])
    assert officer.ask("GET", "/gateway/contexts").document == []


def test_what_the_file_of_a_case_lacks_is_told_when_a_context_is_declared_for_it(install):
    gateway = install()
    cases = gateway.folder / "facts" / "cases.csv"
    header, *rows = csv.reader(cases.read_text().splitlines())
    for lacking in ("lookback_from", "kind"):
        at = header.index(lacking)
        written = [[*row[:at], "", *row[at + 1 :]] if row[0] == CASE else row for row in rows]
        folder = Path(shutil.copytree(gateway.folder / "facts", gateway.folder / lacking))
        (folder / "cases.csv").write_text("".join(",".join(row) + "\n" for row in [header, *written]))
    gateway.import_facts(gateway.folder / "lookback_from")
    gateway.start()
    person = gateway.person(OFFICER)
    declared = declare(person)
    assert (declared.status, declared.document["lacks"]) == (201, "lookback_from")
    assert "have whoever keeps it add that (lookback_from)" in declared.document["note"]
    assert "lacks" not in declare(person, purpose="exigent_circumstances", mount="flock").document
    gateway.import_facts(gateway.folder / "kind")
    refused = declare(person)
    assert refused.codes == ["purpose_case_mismatch"]
    assert (
        "No other purpose helps, for the case file does not say whether this case is civil"
        in refused.document["detail"]
    )


def test_a_member_is_told_that_the_case_is_closed(world):
    assert declare(world.person(OFFICER), case_number=CLOSED_CASE).codes == ["case_closed"]


def test_an_emergency_may_be_declared_for_a_calls_number(officer):
    assert declare(officer, purpose="exigent_circumstances", case_number="26-11274711", mount="flock").status == 201
    assert declare(officer, purpose="exigent_circumstances", case_number="CALL-4711", mount="flock").codes == [
        "request_out_of_range"
    ]


def test_a_context_is_bound_to_its_person_and_its_mount(world, officer):
    declare(officer, mount="flock")
    assert "case_missing" in officer.plates(headers={}).codes
    declare(officer)
    assert "case_missing" in world.officer().plates(headers={}).codes


def test_a_context_ends_when_it_was_to_and_never_after_eight_hours(officer):
    told = parse_instant(declare(officer, hours=8).document["expires_at"])
    assert isinstance(told, datetime)
    assert timedelta(hours=7, minutes=59) < told - now() <= timedelta(hours=8)
    reply = declare(officer, hours=9)
    assert (reply.status, reply.codes) == (400, ["request_out_of_range"])
    assert reply.document["reasons"][0]["field"] == "hours"


def test_a_context_can_be_listed_and_ended_by_its_own_person_alone(world, officer):
    context_id = declare(officer).document["context_id"]
    (listed,) = officer.ask("GET", "/gateway/contexts").document
    assert (listed["context_id"], listed["mount"], listed["case_number"]) == (context_id, "rekor", CASE)
    target = f"/gateway/contexts/{context_id}"
    stranger = world.officer()
    assert (stranger.ask("DELETE", target).status, stranger.ask("GET", "/gateway/contexts").document) == (404, [])
    assert officer.ask("DELETE", target).status == 204
    assert officer.ask("DELETE", target).codes == ["context_unknown"]
    assert "case_missing" in officer.plates(headers={}).codes


def test_a_context_that_contradicts_the_request_refuses_it(officer):
    declare(officer, mount="/flock")
    assert officer.lookup(caseNumber=OTHERS_CASE).codes == ["case_ambiguous"]


def test_a_context_is_declared_with_the_persons_own_key_and_nothing_else(world, officer):
    token = bearing(officer, token_of(officer).document["access_token"])
    assert declare(token).codes == ["credential_invalid"]
    service = world.person(SERVICE, "--kind", "service", "--acts-for", "office:BAL")
    reply = service.ask("POST", "/gateway/contexts", body={}, headers={"X-LPR-On-Behalf-Of": OFFICER})
    assert (reply.status, reply.codes) == (401, ["credential_invalid"])
    in_query = officer.ask("POST", f"/gateway/contexts?api_key={officer.key}", body={})
    assert in_query.codes == ["request_query_not_allowed"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"zqXj7": 1}, "request_unknown_field"),
        ({"purpose": None}, "request_missing_field"),
        ({"purpose": "zqXj7!"}, "request_out_of_range"),
        ({"hours": "2"}, "request_wrong_type"),
        ({"hours": 0}, "request_out_of_range"),
        ({"mount": "/zqXj7"}, "request_out_of_range"),
    ],
)
def test_a_context_with_a_fault_is_refused_without_repeating_it(officer, changes, code):
    reply = declare(officer, **changes)
    assert (reply.status, reply.codes) == (400, [code])
    assert b"zqXj7" not in reply.body


def test_declaring_listing_and_ending_are_on_record(world, officer):
    context_id = declare(officer).document["context_id"]
    officer.ask("GET", "/gateway/contexts")
    officer.ask("DELETE", f"/gateway/contexts/{context_id}")
    for event_type in ("context.declared", "context.listed", "context.withdrawn"):
        assert world.ledger.one(event_type=event_type, user_id=officer.user_id)["key_id"] == officer.key_id


def test_every_field_of_what_people_do_besides_searching_is_described_to_auditors(world):
    person = world.officer()
    made = person.ask("POST", "/gateway/acknowledgements", body=RULES), declare(person)
    assert [reply.status for reply in made] == [201, 201]
    assert person.ask("DELETE", f"/gateway/contexts/{made[1].document['context_id']}").status == 204
    assert person.ask("POST", "/gateway/keys/renew").status == 201
    records = [each for each in world.ledger.where(user_id=person.user_id) if each["event_type"] != "decision"]
    assert {"acknowledgement.accepted", "context.declared", "context.withdrawn", "key.renewed"} <= {
        each["event_type"] for each in records
    }
    page = (POLICIES.parent / "docs" / "audit-record.md").read_text()
    assert {field for each in records for field in each if f"`{field}`" not in page} == set()


def test_an_acceptance_from_before_the_text_in_force_counts_for_no_search_and_whoami_says_so(install):
    gateway = install()
    directory = gateway.folder / "facts"
    write_agency(directory)
    accepted = directory / "acknowledgements.csv"
    early = re.sub(
        r"^t001,.*$", "t001,rules_of_behavior,1,2017-06-01T00:00:00Z", accepted.read_text(), flags=re.MULTILINE
    )
    accepted.write_text(early)
    gateway.import_facts(directory)
    gateway.start()
    officer = gateway.person("t001")
    assert officer.lookup().codes == ["rules_not_accepted"]
    told = officer.ask("GET", "/gateway/whoami").document
    assert (told["missing"], told["acknowledgements"]) == (["rules_not_accepted"], [])


def test_accepting_the_rules_lets_a_person_search_at_once(world):
    unsigned = world.person(UNSIGNED)

    def accept(**changes):
        body = {"document": "rules_of_behavior", "version": "1"} | changes
        return unsigned.ask("POST", "/gateway/acknowledgements", body=body)

    assert unsigned.lookup().codes == ["rules_not_accepted"]
    for version in ("0", "2"):  # what is not in force cannot be accepted in advance
        assert accept(version=version).codes == ["request_out_of_range"]
    assert accept(sha256="0" * 64).codes == ["request_out_of_range"]
    shown = unsigned.ask("GET", "/gateway/acknowledgements/current").document
    assert shown["sha256"] == hashlib.sha256(shown["text"].encode()).hexdigest()
    assert unsigned.lookup().codes == ["rules_not_accepted"]
    assert accept(version=shown["version"], sha256=shown["sha256"]).status == 201
    assert world.ledger.one(event_type="acknowledgement.accepted", user_id=UNSIGNED)["sha256"] == shown["sha256"]
    assert unsigned.lookup().status == 200
    record = world.ledger.where(event_type="decision", user_id=UNSIGNED, decision="allow")[-1]
    assert record["rules_of_behavior_version"] == "1"


def test_who_am_i_tells_what_is_missing_and_how_many_searches_are_left(world):
    lapsed = world.person(LAPSED)
    told = lapsed.ask("GET", "/gateway/whoami").document
    assert (told["missing"], told["training_days_left"] < 0) == (["training_lapsed"], True)
    lapsed.lookup()
    assert lapsed.ask("GET", "/gateway/whoami").document["searches"]["used"] == told["searches"]["used"] + 1


def test_an_allow_names_its_decision_in_a_header(world, officer):
    decision_id = officer.lookup().headers["x-lpr-decision"]
    assert world.ledger.one(event_type="decision", decision_id=decision_id)["decision"] == "allow"


def test_a_text_that_was_accepted_twice_is_listed_once(officer):
    assert officer.ask("POST", "/gateway/acknowledgements", body=RULES).status == 201
    assert officer.ask("GET", "/gateway/whoami").document["acknowledgements"] == [RULES]


def test_who_am_i_tells_the_person_what_counts_for_being_served(world, officer):
    told = officer.ask("GET", "/gateway/whoami").document
    assert (told["user_id"], told["office"], told["roles"], told["active"]) == (
        officer.user_id,
        "BAL",
        ["officer"],
        True,
    )
    assert told["training"][0]["course"] == "lpr"
    assert told["acknowledgements"] == [RULES]
    assert told["key"]["key_id"] == officer.key_id
    assert (told["missing"], told["reviews"]) == ([], dict.fromkeys(NONE_WAITS, 0))
    assert 0 <= told["training_days_left"] <= 365
    searches = told["searches"]
    assert (searches["hours"], searches["used"], searches["ceiling"], searches["left"]) == (24, 0, 200, 200)
    assert told["emergencies"] == {"hours": 24, "used": 0, "ceiling": 5, "left": 5, "ends_at": None}
    assert {"person-hour", "office-day", "vendor-hour flock", "vendor-day rekor"} <= searches["ceilings"].keys()
    assert told["cases"] == [{"case_number": CASE, "kind": "criminal", "office": "BAL", "lacks": None}]
    purposes = {one["purpose"]: one for one in told["purposes"]}
    assert "civil_immigration_enforcement" not in purposes, "for another component"
    assert (purposes["other"]["needs_approval"], purposes["criminal_investigation"]["case_kinds"]) == (
        True,
        ["criminal"],
    )
    assert (told["credential"]["method"], told["credential"]["acr"]) == ("key", None)
    assert officer.key not in str(told)
    assert world.ledger.one(event_type="whoami", user_id=officer.user_id)


def test_a_service_is_told_of_a_person_no_more_than_that_it_may_ask_for_them(world):
    service, named = world.person(SERVICE, "--kind", "service", "--acts-for", "office:BAL"), OFFICER
    told = service.ask("GET", "/gateway/whoami", headers={"X-LPR-On-Behalf-Of": named}).document
    assert (told.keys(), told["user_id"]) == ({"user_id", "key", "credential"}, named)
    assert service.ask("GET", "/gateway/whoami").codes == ["service_needs_person"]


def explain(person, *, headers=None, **described):
    return person.ask("POST", "/gateway/explain", body=described, headers=headers)


def test_explaining_a_search_without_its_body_names_the_body_and_is_on_record_as_a_question(world, officer):
    refused = explain(officer, mount="flock", method="POST", path="/api/v3/reads/lookup")
    assert (refused.codes, refused.document["reasons"][0]["field"]) == (["request_missing_field"], "body")
    assert refused.status == 400
    record = world.ledger.one(event_type="decision", decision_id=refused.document["decision_id"])
    assert (record["explain"], record["decision"]) == (True, "deny")


def test_explaining_an_allowed_search_tells_its_conditions_and_sends_nothing(world, flock, officer):
    before = len(flock.received())
    told = explain(officer, mount="flock", method="POST", path="/api/v3/reads/lookup", body=search()).document
    assert (told["allow"], told["reasons"], told["limit"]) == (True, [], 5)
    assert not any("matches" in owed for owed in told["obligations"]), "it would say who else has the plate"
    assert {owed["type"] for owed in told["obligations"]} >= {
        "drop_other_plates",
        "drop_reads_older_than",
        "strip_links",
    }
    assert len(flock.received()) == before
    record = world.ledger.one(event_type="decision", decision_id=told["decision_id"])
    assert (record["explain"], record["decision"], record["operation"]) == (True, "allow", "plate.search")
    assert world.ledger.where(event_type="outcome", decision_id=told["decision_id"]) == []


def test_explaining_a_denied_search_tells_why_and_discloses_no_more(world, officer):
    told = explain(
        officer, mount="flock", method="POST", path="/api/v3/reads/lookup", body=search(plate="HXW731", state=None)
    ).document
    assert (told["allow"], [reason["code"] for reason in told["reasons"]]) == (False, ["target_unknown"])
    record = world.ledger.one(event_type="decision", decision_id=told["decision_id"])
    assert (record["deny_reasons"], record["explain"]) == (["target_other_case"], True)


def test_explained_searches_count_like_others_and_pages_do_not(world, officer):
    page = officer.lookup().document["nextPageId"]
    explain(officer, mount="flock", method="POST", path="/api/v3/reads/lookup", body=search())
    officer.lookup(plate="ZZZ999")
    officer.ask("GET", f"/flock/api/v3/reads/lookup/page/{page}")
    officer.lookup()
    records = world.ledger.where(event_type="decision", user_id=officer.user_id)
    counts = {record["request_id"]: usage_in(record) for record in sorted(records, key=lambda each: each["ts"])}
    assert list(counts.values()) == [1, 2, 3, 3, 4]


def usage_in(record):
    return json.loads(record["input"])["facts"]["usage"]["queries_24h"]


def test_explaining_a_rekor_search_reads_its_query_string(officer):
    target = PLATES.removeprefix("/rekor") + "?" + "&".join(f"{name}={value}" for name, value in parameters().items())
    assert explain(officer, mount="/rekor", method="GET", path=target, headers=CLAIMS).document["allow"] is True
    assert explain(officer, mount="/rekor", method="GET", path=target).document["allow"] is False


def test_explaining_bad_input_is_refused_as_the_search_would_be(officer):
    reply = explain(officer, mount="flock", method="POST", path="/api/v3/reads/lookup", body=search(limit=99))
    assert (reply.status, reply.codes) == (400, ["request_out_of_range"])


def test_an_address_that_is_none_is_refused_after_asking_who_it_is(officer):
    assert officer.ask("GET", "/gateway/zqXj7").codes == ["unknown_operation"]
    assert officer.ask("PUT", "/gateway/contexts").codes == ["unknown_operation"]


def test_health_is_told_to_anybody(world):
    assert world.get("/healthz") == world.ask_admin("/healthz") == (200, b'{"live":true}')
    assert world.get("/readyz") == (200, b'{"ready":true}')


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_leaves_no_record(world, address):
    world.ledger.look()
    asked = [ask(address) for ask in (world.get, world.ask_admin) for _ in range(20)]
    assert len(world.ledger.look()) < len(asked)  # what was asked before may be recorded a moment late


def test_operators_hear_each_check_and_every_worker(world):
    status, body = world.ask_admin("/readyz")
    document = json.loads(body)
    assert (status, document["ready"], document["warnings"]) == (200, True, [])
    assert document["checks"] == {"policy_engine": "ok", "facts": "ok", "ledger": "ok", "clock": "ok", "store": "ok"}
    assert document["workers"] == {"w0": "ready", "w1": "ready"}
    assert document["facts"].keys() == {"revision", "sha256", "as_of"}
    assert len(document["facts"]["sha256"]) == 64
    assert document["policy"] == {"revision": load_policies(POLICIES).revision, "counter": 0}
    assert world.ask_admin("/metrics")[0] == 200


def test_the_officers_listener_has_no_metrics(world):
    assert world.get("/metrics")[0] == 404
    assert b"lpr_" not in world.get("/metrics")[1]


def test_numbers_tell_operations_and_verdicts_of_both_workers_together(world, officer):
    def counted():
        text = world.ask_admin("/metrics")[1].decode()
        lines = [line for line in text.splitlines() if line.startswith('lpr_decisions_total{operation="plate.search"')]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    before = counted()
    for _ in range(10):
        officer.lookup()
    assert counted() == before + 10
