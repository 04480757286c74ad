"""Who asks: keys and tokens, where and when they are good, and whom a service may act for."""

import json
from datetime import timedelta

import pytest

from gateway.clock import now
from gateway.demo.agency import CASE, LAPSED, OFFICER, SERVICE, SUPERVISOR
from gateway.kept_words import WITHHELD
from gateway.store import open_store
from gateway.store.keys import issue_key
from tests.http.asking import CLAIMS, LOOKUP, Person, ask, new_address, parameters, search
from tests.http.conftest import FLOCK_HOST


def refused(reply, code, *, status=401):
    return (reply.status, reply.codes) == (status, [code])


def note_of(world, reply):
    return world.ledger.one(request_id=reply.request_id).get("deny_note")


def from_new_address(person):
    """A search from an address that nothing came from before, so that a refusal is recorded singly."""
    return person.ask("POST", LOOKUP, body=search(), source=new_address())


def token_of(person, mount="/flock", **changes):
    fields = {"grant_type": "client_credentials", "client_id": person.key_id, "client_secret": person.key} | changes
    form = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(person.port, "POST", f"{mount}/oauth/token", body=form, headers=headers)


def bearing(person, token):
    return Person(port=person.port, user_id=person.user_id, key_id=person.key_id, key=token)


def test_no_credential_is_told_as_missing(world):
    reply = ask(world.port, "POST", LOOKUP, body=search(), source=new_address())
    assert refused(reply, "credential_missing")
    assert reply.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda _: "nonsense", "not a key of this gateway"),
        (lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"), "wrong secret"),
        (lambda key: "kaaaaaaaaaaaa" + key[13:], "unknown key"),
        (lambda key: key.swapcase(), "not a key of this gateway"),
        (lambda key: "t1." + key, "not a token of this gateway"),
    ],
)
def test_a_wrong_key_is_told_alike_whatever_is_wrong_and_recorded_with_what_it_was(world, officer, spoil, note):
    reply = from_new_address(bearing(officer, spoil(officer.key)))
    assert refused(reply, "credential_invalid")
    assert note_of(world, reply) == note


def test_a_key_of_another_mount_and_of_another_address_are_told_like_a_wrong_one(world):
    elsewhere, far = world.officer("--mount", "/rekor"), world.officer("--cidr", "127.250.0.0/16")
    told = [from_new_address(one) for one in (bearing(elsewhere, elsewhere.key[:-1] + "-"), elsewhere, far)]
    notes = [note_of(world, reply) for reply in told]
    assert notes == ["wrong secret", "key of another mount", "address outside the key's ranges"]
    assert len({repr(reply.document["reasons"]) for reply in told}) == 1
    assert elsewhere.plates().status == 200
    assert far.ask("POST", LOOKUP, body=search(), source="127.250.3.4").status == 200


def test_a_key_that_ended_is_told_as_expired_only_to_who_has_it(world, officer):
    store = open_store(f"sqlite:///{world.state}/gateway.db", (world.state / "secrets" / "integrity").read_bytes())
    issued = issue_key(store, user_id=officer.user_id, days=1, now=now() - timedelta(days=1, seconds=1))
    store.close()
    assert refused(bearing(officer, issued.secret).lookup(), "credential_expired")
    assert refused(bearing(officer, issued.secret[:-1] + "-").lookup(), "credential_invalid")


def test_a_key_works_as_soon_as_it_is_issued_and_never_after_it_is_revoked(world, officer):
    assert [officer.lookup().status for _ in range(8)] == [200] * 8  # by either worker
    token = bearing(officer, token_of(officer).document["access_token"])
    assert token.lookup().status == 200
    assert world.run_json("keys", "revoke", officer.key_id)["revoked"] is True
    for _ in range(12):
        assert refused(officer.lookup(), "credential_invalid")
        assert refused(token.lookup(), "credential_invalid")
    assert token_of(officer).status == 401
    assert world.ledger.one(event_type="key.revoked")["key_id"] == officer.key_id


def test_issuing_a_key_is_recorded_and_its_secret_is_nowhere_again(world, officer):
    assert world.ledger.one(event_type="key.issued", key_id=officer.key_id)["user_id"] == officer.user_id
    listed = world.run("keys", "list", "--json").stdout
    assert officer.key_id in listed
    assert officer.key.partition("_")[2] not in listed


def test_a_token_is_good_at_its_own_mount_alone(world, officer):
    answer = token_of(officer)
    assert set(answer.document) == {"access_token", "token_type", "expires_in"}
    assert answer.document["token_type"] == "Bearer"
    token = bearing(officer, answer.document["access_token"])
    assert token.lookup().status == 200
    assert refused(token.lookup(mount="/slow"), "credential_invalid")
    assert refused(
        token.ask("POST", "/api/v3/reads/lookup", body=search(), headers={"Host": FLOCK_HOST}), "credential_invalid"
    )
    assert refused(token.ask("GET", "/gateway/whoami"), "credential_invalid")
    assert world.ledger.one(event_type="token.issued", user_id=officer.user_id)["mount"] == "flock"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "kaaaaaaaaaaaa"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"zqXj7": "1"}, 400, "invalid_request"),
    ],
)
def test_a_token_refused_is_told_in_oauths_own_shape(officer, changes, status, error):
    answer = token_of(officer, **changes)
    assert (answer.status, answer.document["error"]) == (status, error)
    assert "zqXj7" not in answer.body.decode()
    assert officer.key not in answer.body.decode()


def test_a_mount_without_tokens_serves_none(officer):
    assert token_of(officer, "/rekor").codes == ["credential_missing"]


@pytest.fixture(scope="module")
def service(world):
    """Acts for one office and one person."""
    return world.person(SERVICE, "--kind", "service", "--acts-for", "office:BAL", "--acts-for", "user:u11")


def for_whom(user_id):
    return {"X-LPR-On-Behalf-Of": user_id}


def test_a_service_must_name_a_person(world, service):
    reply = service.lookup()
    assert reply.status == 403
    assert "service_needs_person" in reply.codes
    record = world.ledger.one(request_id=request_of(world, reply))
    assert record["user_id"] == SERVICE


def request_of(world, reply):
    return world.ledger.one(event_type="decision", decision_id=reply.document["decision_id"])["request_id"]


def test_a_service_acts_for_the_offices_and_people_on_its_list_who_are_judged_themselves(world, service):
    assert service.lookup(headers=for_whom(OFFICER)).status == 200
    record = world.ledger.where(event_type="decision", user_id=OFFICER, key_id=service.key_id)[-1]
    assert (record["actor_kind"], record["on_behalf_of"]) == ("service", SERVICE)
    assert service.lookup(headers=for_whom(LAPSED)).codes == ["training_lapsed"]
    assert service.lookup(headers=for_whom("u11")).codes == ["case_not_assigned"]


@pytest.mark.parametrize("user_id", ["u12", "u04", "nobody", SERVICE + "x"])
def test_a_service_acts_for_nobody_else(service, user_id):
    assert service.lookup(headers=for_whom(user_id)).codes == ["on_behalf_of_not_allowed"]


def test_a_plate_in_the_place_of_the_person_named_stands_in_clear_nowhere_in_the_record(world, service):
    decision_id = service.lookup(headers=for_whom("QXZ7431")).document["decision_id"]
    record = world.ledger.one(event_type="decision", decision_id=decision_id)
    assert (record["claimed_user_id"], "QXZ7431" in json.dumps(record)) == (WITHHELD, False)
    assert "query_sealed" in record


def test_what_a_service_is_told_of_others_does_not_depend_on_who_they_are(world, service, officer):
    plates = {"plate": ["FNA579", "ZZZ999"], "caseNumber": [CASE, "99-000000"]}
    for name, values in plates.items():
        for value in values:
            replies = [service.lookup(headers=for_whom(one), **{name: value}) for one in ("u12", "u04", "nobody")]
            assert {tuple(reply.codes) for reply in replies} == {("on_behalf_of_not_allowed",)}
            assert len({len(reply.body) for reply in replies}) == 1
    record = world.ledger.one(event_type="decision", decision_id=replies[0].document["decision_id"])
    assert (record["user_id"], record["claimed_user_id"]) == (SERVICE, "u12")
    assert "input" not in record
    alone = world.person(SERVICE, "--kind", "service", "--acts-for", "user:u12")
    for _ in range(3):
        alone.lookup(headers=for_whom(officer.user_id))
    assert officer.lookup().status == 200
    own = world.ledger.where(event_type="decision", user_id=officer.user_id)[-1]
    assert json.loads(own["input"])["facts"]["usage"]["queries_24h"] == 1


def test_a_service_lends_nobody_its_own_facts(world):
    alone = world.person(SERVICE, "--kind", "service")
    assert alone.lookup(headers=for_whom(OFFICER)).codes == ["on_behalf_of_not_allowed"]
    assert alone.lookup(headers=for_whom(SERVICE)).codes == ["on_behalf_of_not_allowed"]


@pytest.mark.parametrize("user_id", [OFFICER, SUPERVISOR])
def test_a_person_acts_for_nobody_not_even_themselves_by_name(world, user_id):
    person = world.person(SUPERVISOR)
    for told in (
        person.lookup(headers=for_whom(user_id)),
        person.ask("GET", "/gateway/whoami", headers=for_whom(user_id)),
    ):
        [reason] = told.document["reasons"]
        assert reason["code"] == "on_behalf_of_not_allowed"
        assert reason["fix"].startswith("Leave the header X-LPR-On-Behalf-Of out"), "not to use the key that was used"


def test_whoever_left_the_agency_is_denied_with_a_key_that_still_lives(world):
    assert "person_inactive" in world.person("u06").lookup(caseNumber=CASE).codes


def test_purpose_and_case_may_come_in_headers_where_the_vendor_has_no_place_for_them(officer):
    assert officer.plates().status == 200
    assert set(officer.plates(headers={}).codes) == {"purpose_missing", "case_missing"}
    assert officer.plates(headers=CLAIMS | {"X-LPR-Purpose": "curiosity"}).codes == ["purpose_not_allowed"]


def test_a_key_in_a_header_does_not_count_where_the_vendor_has_it_in_the_query(world, officer):
    query = "&".join(f"{name}={value}" for name, value in parameters().items())
    assert refused(
        ask(world.port, "GET", f"/rekor/api/search/plate?{query}", headers=officer.bearer | CLAIMS),
        "credential_missing",
    )


@pytest.mark.parametrize("path", ["/flock/api/v3/reads/lookup", "/flock/oauth/token"])
def test_a_certificate_in_a_header_that_is_not_believed_is_told_in_the_form_of_the_vendors_own_tools(world, path):
    headers = {"X-SSL-Client-Verify": "SUCCESS"}
    reply = ask(world.port, "POST", path, headers=headers, body={}, source=new_address())
    assert reply.codes == ["certificate_untrusted"]
    assert reply.document["error"] == reply.document["detail"]
