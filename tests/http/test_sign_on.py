"""Signing in with an identity provider: a certified one, its keys rotated under load, stopped and started."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from gateway.demo.agency import COLLEAGUE, SERVICE
from tests.http.agency import OFFICERS
from tests.http.asking import CLAIMS, LOOKUP, PLATES, ask, parameters, search
from tests.http.installation import Installation, Place
from tests.http.providers import provider

_PEOPLE = iter(OFFICERS)
SHORT = {"refresh_s": 1, "key_age_s": 1, "keys_good_s": 6}


@pytest.fixture(scope="module")
def certified():
    with provider() as one:
        yield one


@pytest.fixture(scope="module")
def signing_on(tmp_path_factory, vendors, certified):
    """A running gateway that accepts the provider's tokens; people are each test's own."""
    places = [
        Place(profile="flock", at="/flock", upstream=vendors["spare-flock"].url),
        Place(profile="rekor", at="/rekor", upstream=vendors["spare-rekor"].url),
    ]
    one = Installation(tmp_path_factory.mktemp("sign-on"), places, certified.settings(skew_s=0, refresh_s=1))
    one.import_facts()
    one.start()
    yield one
    one.end()


@pytest.fixture
def person():
    """The id of an officer whom no other test uses."""
    return next(_PEOPLE)


def test_a_token_of_the_sign_on_is_told_that_only_a_key_is_renewed(signing_on, certified, person):
    headers = {"Authorization": f"Bearer {certified.token(person)}"}
    told = ask(signing_on.port, "POST", "/gateway/keys/renew", body=b"", headers=headers).document["reasons"]
    assert [(one["code"], one["fix"].startswith("Only a gateway key is renewed")) for one in told] == [
        ("credential_invalid", True)
    ]


def lookup(gateway, token, **headers):
    return ask(gateway.port, "POST", LOOKUP, body=search(), headers={"Authorization": f"Bearer {token}"} | headers)


def test_a_persons_token_searches_wherever_a_key_would(signing_on, certified, person):
    token = certified.token(person, acr="aal2", amr=["hwk"])
    assert lookup(signing_on, token).status == 200
    query = urlencode(parameters() | {"api_key": token})
    assert ask(signing_on.port, "GET", f"{PLATES}?{query}", headers=CLAIMS).status == 200
    told = ask(signing_on.port, "GET", "/gateway/whoami", headers={"Authorization": f"Bearer {token}"})
    assert (told.status, told.document["user_id"]) == (200, person)
    record = signing_on.ledger.where(event_type="decision", user_id=person)[0]
    assert (record["actor_method"], record["actor_acr"], record["actor_amr"]) == ("oidc", "aal2", ["hwk"])


def test_who_signed_in_too_long_ago_is_told_that_and_for_how_long_a_sign_in_counts(signing_on, certified, person):
    answer = lookup(
        signing_on, certified.token(person, acr="aal3", amr=["hwk"], auth_time=int(time.time()) - 22 * 3600)
    )
    assert answer.codes == ["assurance_too_low"]
    assert answer.document["reasons"][0]["fix"].endswith("whatever it was made with: one counts for 12 hours.")


def test_every_wrong_token_is_refused_by_its_own_reason(signing_on, certified, person):
    good = certified.token(person)
    wrong = {
        "token_audience": certified.token(person, audience="https://other.example"),
        "token_not_yet_valid": certified.token(person, nbf=4_000_000_000),
        "token_subject_unknown": certified.token("U01"),
        "token_signature": good[:-8] + "AAAAAAAA",
        "token_malformed": "a.b.c",
    }
    short = certified.token(person, seconds=1)
    assert {name: lookup(signing_on, token).codes for name, token in wrong.items()} == {name: [name] for name in wrong}
    assert lookup(signing_on, good).status == 200
    signing_on.ledger.wait(lambda: lookup(signing_on, short).codes == ["token_expired"])


def test_a_token_of_another_issuer_with_the_same_claims_is_refused(signing_on):
    with provider() as other:
        assert lookup(signing_on, other.token("t001")).codes == ["token_issuer"]


def test_a_person_deactivated_a_second_ago_is_refused_though_the_token_is_good(signing_on, certified, person):
    token = certified.token(person)
    assert lookup(signing_on, token).status == 200
    users = signing_on.folder / "facts" / "users.csv"
    row = f"{person},Officer {person},HSI,BAL,officer,"
    users.write_text(users.read_text().replace(row + "true", row + "false"))
    signing_on.import_facts(users.parent)
    assert lookup(signing_on, token).codes == ["token_subject_unknown"]


def test_a_token_by_exchange_means_what_a_service_key_naming_the_person_means(signing_on, certified, person):
    delegated = certified.token(person, act={"sub": SERVICE})
    assert lookup(signing_on, delegated).codes == ["on_behalf_of_not_allowed"]
    signing_on.run_json("keys", "issue", "--user", SERVICE, "--kind", "service", "--acts-for", "office:BAL")
    assert lookup(signing_on, delegated).status == 200
    assert (
        lookup(signing_on, certified.token(COLLEAGUE, act={"sub": SERVICE})).codes.count("on_behalf_of_not_allowed")
        == 1
    )
    record = signing_on.ledger.where(decision="allow", user_id=person)[-1]
    assert (record["actor_kind"], record["on_behalf_of"]) == ("service", SERVICE)


def test_a_persons_token_must_not_name_another_person(signing_on, certified, person):
    answer = lookup(signing_on, certified.token(person), **{"X-LPR-On-Behalf-Of": COLLEAGUE})
    assert "on_behalf_of_not_allowed" in answer.codes
    assert (
        "A service shows its key, or a token by exchange that names it in act." in answer.document["reasons"][0]["fix"]
    )


def test_keys_rotated_under_load_are_learnt_within_seconds(signing_on, certified, person):
    gateway = signing_on
    before = certified.token(person)
    with ThreadPoolExecutor(4) as pool:
        first = [pool.submit(lookup, gateway, before) for _ in range(20)]
        assert {each.result().status for each in first} == {200}
        certified.rotate()
        after = certified.token(person)
        answers = [each.result() for each in [pool.submit(lookup, gateway, after) for _ in range(40)]]
    # A key just asked for is asked for again a second later at the earliest, in each worker.
    assert {tuple(answer.codes) for answer in answers} <= {(), ("token_signature",)}
    signing_on.ledger.wait(lambda: {lookup(gateway, after).status for _ in range(20)} == {200})
    assert lookup(gateway, certified.token(person)).status == 200


def test_with_the_provider_down_known_keys_stay_good_for_a_while_then_nothing_does(install, certified, person):
    gateway = install(settings=certified.settings(**SHORT))
    gateway.start()
    token = certified.token(person)
    gateway.ledger.wait(lambda: {lookup(gateway, token).status for _ in range(20)} == {200})
    certified.stop()
    try:
        assert lookup(gateway, token).status == 200
        gateway.ledger.wait(lambda: lookup(gateway, token).codes == ["issuer_unavailable"])
        other = next(_PEOPLE)  # who asked until then may have come to the ceiling of an hour
        assert gateway.person(other).lookup().status == 200
    finally:
        certified.start()
    fresh = certified.token(other)
    gateway.ledger.wait(lambda: lookup(gateway, fresh).status == 200)


def test_a_token_over_8_kilobytes_is_refused(signing_on, certified, person):
    connection = http.client.HTTPConnection("127.0.0.1", signing_on.port, timeout=20)
    token = certified.token(person, padding="x" * 8300)
    connection.request("POST", LOOKUP, b"{}", {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    assert connection.getresponse().status in {400, 401}
    connection.close()
