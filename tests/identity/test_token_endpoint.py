"""A key for a token, in OAuth's own words."""

import base64
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.identity import exchange
from gateway.reasons import Reason
from gateway.value import replace
from tests.identity.samples import (
    KEY_ID,
    NOW,
    SECRET,
    SERVICE_ID,
    SERVICE_SECRET,
    TOKEN_KEY,
    RevisionStore,
    asking,
    key,
    request,
    service,
)

GRANT = {"grant_type": "client_credentials"}
FORM = {**GRANT, "client_id": KEY_ID, "client_secret": SECRET}


def basic(client_id=KEY_ID, secret=SECRET):
    return "authorization", "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def exchanging(raw, *keys, now=NOW):
    return exchange(raw, RevisionStore(*(keys or (key(),))), mount="flock", token_key=TOKEN_KEY, now=now)


def asked(form, *headers, **changes):
    return replace(request(urlencode(form).encode(), *headers), **changes)


def told(done):
    return json.loads(done.answer.body)


@pytest.mark.parametrize(
    "raw",
    [
        asked(FORM),
        asked(FORM | {"audience": "com.flocksafety.integrations", "scope": "plate-reads:lookup"}),
        asked(GRANT, basic()),
        asked(GRANT | {"audience": "search"}, basic()),
        asked(GRANT | {"client_id": KEY_ID}, basic()),
        asked(GRANT, ("authorization", basic()[1].replace("Basic", "BASIC"))),
    ],
    ids=[
        "form",
        "form with audience and scope",
        "basic",
        "basic with audience",
        "basic and the same id",
        "scheme in capitals",
    ],
)
def test_a_key_is_traded_for_a_token_that_identifies_its_person(raw):
    done = exchanging(raw)
    assert done.answer.status == 200
    assert (told(done)["token_type"], told(done)["expires_in"]) == ("Bearer", 86_400)
    assert (done.key, done.refusal) == (key(), None)
    identity = asking(told(done)["access_token"])
    assert (identity.user_id, identity.method, identity.direct) == ("u17", "token", False)


def test_a_token_is_good_only_at_the_mount_that_gave_it():
    token = told(exchanging(asked(FORM)))["access_token"]
    with pytest.raises(Refusal):
        asking(token, mount="rekor")


@pytest.mark.parametrize("left", [timedelta(seconds=90), timedelta(seconds=90.9), timedelta(days=2)])
def test_a_token_never_outlives_its_key_nor_a_day(left):
    done = exchanging(asked(FORM), key(expires_at=NOW + left))
    promised = timedelta(seconds=told(done)["expires_in"])
    assert promised == min(timedelta(seconds=int(left.total_seconds())), timedelta(days=1))
    token = told(done)["access_token"]
    assert asking(token, now=NOW + promised - timedelta(seconds=1))
    with pytest.raises(Refusal):
        asking(token, now=NOW + promised)


def test_a_token_is_good_for_as_long_as_was_promised_whatever_the_fraction_of_a_second():
    now = NOW + timedelta(seconds=0.9)
    done = exchanging(asked(FORM), key(expires_at=now + timedelta(seconds=90)), now=now)
    last = now + timedelta(seconds=told(done)["expires_in"], microseconds=-1)
    assert asking(told(done)["access_token"], now=last).method == "token"


def test_a_service_trades_its_key_and_still_has_to_name_a_person():
    done = exchanging(asked({**GRANT, "client_id": SERVICE_ID, "client_secret": SERVICE_SECRET}), service())
    token = told(done)["access_token"]
    assert asking(token, service()).user_id is None
    assert asking(token, service(), on_behalf_of="u17").user_id == "u17"


def test_the_answer_is_not_to_be_kept_by_anyone():
    for raw in (asked(FORM), asked(GRANT)):
        headers = dict(exchanging(raw).answer.headers)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "application/json"


def raw_body(body):
    return request(body)


REFUSED = {
    "wrong secret": (asked(FORM | {"client_secret": SECRET[:-1] + "x"}), 401, "invalid_client"),
    "unknown key": (asked({**GRANT, "client_id": SERVICE_ID, "client_secret": SERVICE_SECRET}), 401, "invalid_client"),
    "id of another key": (asked(FORM | {"client_id": SERVICE_ID}), 401, "invalid_client"),
    "no secret": (asked(GRANT | {"client_id": KEY_ID}), 400, "invalid_request"),
    "no id": (asked(GRANT | {"client_secret": SECRET}), 400, "invalid_request"),
    "nothing of a client": (asked(GRANT), 401, "invalid_client"),
    "a token for a secret": (asked(FORM | {"client_secret": "t1." + "A" * 90}), 401, "invalid_client"),
    "wrong basic": (asked(GRANT, basic(secret=SECRET[:-1] + "x")), 401, "invalid_client"),
    "basic without a colon": (asked(GRANT, ("authorization", "Basic abcd")), 401, "invalid_client"),
    "basic of no base64": (asked(GRANT, ("authorization", "Basic abc")), 401, "invalid_client"),
    "basic beyond ascii": (asked(GRANT, ("authorization", "Basic /////w==")), 401, "invalid_client"),
    "bearer": (asked(GRANT, ("authorization", "Bearer " + SECRET)), 401, "invalid_client"),
    "basic and form": (asked(FORM, basic()), 400, "invalid_request"),
    "basic and another id": (asked(GRANT | {"client_id": SERVICE_ID}, basic()), 400, "invalid_request"),
    "two basics": (asked(GRANT, basic(), basic()), 400, "invalid_request"),
    "no grant type": (asked({"client_id": KEY_ID, "client_secret": SECRET}), 400, "invalid_request"),
    "another grant type": (asked(FORM | {"grant_type": "authorization_code"}), 400, "unsupported_grant_type"),
    "password grant": (asked(FORM | {"grant_type": "password"}), 400, "unsupported_grant_type"),
    "an unknown field": (asked(FORM | {"client_assertion": "x"}), 400, "invalid_request"),
    "a field twice": (raw_body(urlencode([*FORM.items(), ("client_id", KEY_ID)]).encode()), 400, "invalid_request"),
    "no form at all": (raw_body(b"client_credentials"), 400, "invalid_request"),
    "an empty body": (raw_body(b""), 400, "invalid_request"),
    "a body beyond ascii": (raw_body(b"grant_type=\xff"), 400, "invalid_request"),
    "escaped bytes that are no text": (raw_body(b"grant_type=%ff"), 400, "invalid_request"),
    "a huge body": (raw_body(b"grant_type=" + b"x" * 10_000), 400, "invalid_request"),
    "a query string": (asked(FORM, target="/flock/oauth/token?x=1"), 400, "invalid_request"),
    "get": (asked(FORM, method="GET"), 400, "invalid_request"),
    "json": (replace(asked(FORM), headers=(("content-type", "application/json"),)), 400, "invalid_request"),
    "no content type": (replace(asked(FORM), headers=()), 400, "invalid_request"),
    "two content types": (asked(FORM, ("content-type", "text/plain")), 400, "invalid_request"),
    "an encoding": (asked(FORM, ("content-encoding", "gzip")), 400, "invalid_request"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_a_proper_request_gets_oauths_own_error(case):
    raw, status, code = REFUSED[case]
    done = exchanging(raw)
    assert (done.answer.status, told(done)["error"]) == (status, code)
    assert told(done).keys() == {"error", "error_description"}
    assert (done.key, done.expires_at) == (None, None)
    assert done.refusal is not None
    assert ("WWW-Authenticate" in dict(done.answer.headers)) == (status == 401)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("no grant type", "is missing: grant_type."),
        ("no id", "is missing: client_id."),
        ("no secret", "is missing: client_secret."),
        ("a field twice", "is given twice: client_id."),
        ("nothing of a client", "belong in client_id and client_secret, or in Authorization: Basic."),
        ("id of another key", "The client id does not belong to the secret"),
        ("a token for a secret", "The secret has not the form of a gateway key"),
        ("bearer", "or in Authorization: Basic."),
        ("basic and another id", "leave client_id and client_secret out of the body."),
        ("password grant", "Allowed: client_credentials."),
        ("json", "Allowed: application/x-www-form-urlencoded."),
        ("get", "Here there is: POST."),
    ],
)
def test_oauths_own_error_says_in_words_what_to_put_right(case, says):
    assert says in told(exchanging(REFUSED[case][0]))["error_description"]


@pytest.mark.parametrize(
    "fate",
    [{"revoked_at": NOW}, {"mounts": ("rekor",)}, {"cidrs": ("192.0.2.0/24",)}, {"secret_hash": bytes(32)}],
    ids=str,
)
def test_every_wrong_client_is_told_the_same(fate):
    wrong = exchanging(asked(FORM), key(**fate))
    unknown = exchanging(asked(FORM), service())
    assert wrong.answer == unknown.answer
    assert wrong.refusal.note != unknown.refusal.note


def test_a_client_id_of_another_key_is_told_alike_whether_or_not_the_secret_is_a_keys():
    answers = {
        json.dumps(told(exchanging(asked(GRANT | {"client_id": "vendors-own", "client_secret": secret}))))
        for secret in (SECRET, SECRET[:-1] + "x", SERVICE_SECRET)
    }
    assert len(answers) == 1


def test_an_expired_key_is_told_so_to_who_has_its_secret():
    done = exchanging(asked(FORM), key(expires_at=NOW))
    assert (done.answer.status, done.refusal.reason) == (401, Reason.CREDENTIAL_EXPIRED)


def test_a_store_that_cannot_be_read_is_not_the_clients_fault():
    class Broken:
        def find(self, _key_id):
            raise Refusal(Reason.STORE_UNAVAILABLE)

    done = exchange(asked(FORM), Broken(), mount="flock", token_key=TOKEN_KEY, now=NOW)
    assert (done.answer.status, told(done)["error"]) == (503, "server_error")


@given(
    st.dictionaries(
        st.sampled_from(["grant_type", "client_id", "client_secret", "audience", "scope", "x"]),
        st.text(max_size=60) | st.just("client_credentials") | st.just(KEY_ID),
        max_size=6,
    )
)
def test_no_made_up_form_is_given_a_token_or_repeated(form):
    done = exchanging(asked(form))
    assert done.answer.status in (400, 401)
    description = told(done)["error_description"]
    assert not any(value in description for value in form.values() if len(value) > 30)


def test_no_answer_or_record_shows_the_secret():
    for raw in (asked(FORM), *(raw for raw, _, _ in REFUSED.values())):
        done = exchanging(raw)
        assert SECRET.encode() not in done.answer.body
        assert SECRET not in repr(done)
        assert SECRET not in str(done.refusal)
