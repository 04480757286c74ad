"""Who is let in as whom, and what everybody else learns."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refusal
from gateway.identity.credentials import Token, seal_token
from gateway.reasons import Reason
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
    service,
)


def token(**changes):
    told = {"key_id": KEY_ID, "mount": "flock", "expires_at": NOW + timedelta(hours=1)} | changes
    return seal_token(Token(**told), TOKEN_KEY)


def test_a_persons_key_is_that_person():
    identity = asking()
    assert (identity.user_id, identity.on_behalf_of, identity.method) == ("u17", None, "key")


def test_a_services_key_is_the_person_it_names():
    identity = asking(SERVICE_SECRET, service(), on_behalf_of="u17")
    assert (identity.user_id, identity.on_behalf_of, identity.key.user_id) == ("u17", "u17", "svc1")


def test_a_service_that_names_nobody_is_no_person():
    assert asking(SERVICE_SECRET, service()).user_id is None


def test_a_person_who_names_another_stays_who_they_are_and_the_policy_learns_of_it():
    identity = asking(on_behalf_of="u99")
    assert (identity.user_id, identity.on_behalf_of) == ("u17", "u99")


@pytest.mark.parametrize("named", ["", "u17\n", "u\x7f", "ü17", "u" * 257])
def test_a_person_named_in_characters_no_user_id_has_is_refused(named):
    with pytest.raises(Refusal) as refused:
        asking(SERVICE_SECRET, service(), on_behalf_of=named)
    assert (refused.value.reason, refused.value.field) == (Reason.REQUEST_MALFORMED, "X-LPR-On-Behalf-Of")


@pytest.mark.parametrize(
    ("credential", "keys", "place", "direct"),
    [
        (SECRET, (key(),), "header", True),
        (SECRET, (key(),), "query", False),
        (SECRET, (key(),), "basic", False),
        (SERVICE_SECRET, (service(),), "header", False),
        (token(), (key(),), "header", False),
    ],
    ids=["a key in a header", "a key in the query", "a key as a password", "a service's key", "a token"],
)
def test_only_a_persons_own_key_in_a_header_is_direct(credential, keys, place, direct):
    assert asking(credential, *keys, place=place).direct is direct


WRONG = {
    "unknown key": (SECRET, [service()], {}),
    "wrong secret": (SECRET[:-1] + "x", [key()], {}),
    "key revoked": (SECRET, [key(revoked_at=NOW - timedelta(seconds=1))], {}),
    "key of another mount": (SECRET, [key(mounts=("rekor", "other"))], {}),
    "address outside the key's ranges": (SECRET, [key(cidrs=("10.2.0.0/16", "192.0.2.7"))], {}),
    "key of an unknown kind": (SECRET, [key(kind="robot")], {}),
    "not a key of this gateway": (SECRET + "a", [key()], {}),
    "not a token of this gateway": (token()[:-1], [key()], {}),
    "token of another mount": (token(mount="rekor"), [key()], {}),
}


@pytest.mark.parametrize("note", WRONG)
def test_every_wrong_credential_answers_alike_and_only_the_record_knows_why(note):
    credential, keys, changes = WRONG[note]
    with pytest.raises(Refusal) as refused:
        asking(credential, *keys, **changes)
    assert (refused.value.reason, refused.value.field) == (Reason.CREDENTIAL_INVALID, None)
    assert refused.value.note == note
    assert credential not in str(refused.value)


@pytest.mark.parametrize("at", [None, "rekor"], ids=["an address of the gateway's own", "another vendor's"])
def test_a_good_token_elsewhere_is_told_that_the_key_itself_is_wanted(at):
    with pytest.raises(Refusal) as refused:
        asking(token(), key(), mount=at)
    assert refused.value.reason is Reason.CREDENTIAL_INVALID
    assert "Here your gateway key itself is wanted" in str(refused.value.hint)
    for standing in ({"revoked_at": NOW}, {"mounts": ("rekor",)}, {"cidrs": ("192.0.2.0/24",)}, {"key_id": "x"}):
        with pytest.raises(Refusal) as refused:
            asking(token(), key(**standing), mount=at)
        assert (refused.value.reason, refused.value.hint) == (Reason.CREDENTIAL_INVALID, None)


@pytest.mark.parametrize(
    "standing",
    [{"revoked_at": NOW}, {"mounts": ("rekor",)}, {"cidrs": ("192.0.2.0/24",)}, {"kind": "robot"}, {"key_id": "x"}],
    ids=str,
)
@pytest.mark.parametrize("credential", [SECRET, token()], ids=["key", "token"])
def test_a_wrong_key_that_has_also_expired_is_only_wrong(standing, credential):
    with pytest.raises(Refusal) as refused:
        asking(credential, key(expires_at=NOW - timedelta(days=1), **standing))
    assert refused.value.reason is Reason.CREDENTIAL_INVALID


def test_a_guesser_does_not_learn_that_a_key_has_expired():
    with pytest.raises(Refusal) as refused:
        asking(SECRET[:-1] + "x", key(expires_at=NOW - timedelta(days=1)))
    assert refused.value.reason is Reason.CREDENTIAL_INVALID


@pytest.mark.parametrize("credential", [SECRET, token()], ids=["key", "token"])
def test_a_key_that_was_good_once_is_told_to_have_expired_to_the_second(credential):
    assert asking(credential, key(expires_at=NOW + timedelta(seconds=1)))
    with pytest.raises(Refusal) as refused:
        asking(credential, key(expires_at=NOW))
    assert refused.value.reason is Reason.CREDENTIAL_EXPIRED


def test_a_token_ends_by_itself():
    assert asking(token(expires_at=NOW + timedelta(seconds=1)))
    with pytest.raises(Refusal) as refused:
        asking(token(expires_at=NOW))
    assert (refused.value.reason, refused.value.note) == (Reason.CREDENTIAL_EXPIRED, "token expired")


@pytest.mark.parametrize(
    "fate",
    [{"revoked_at": NOW}, {"mounts": ("rekor",)}, {"cidrs": ("192.0.2.0/24",)}, {"expires_at": NOW}],
    ids=str,
)
def test_a_token_dies_with_its_key(fate):
    assert asking(token(), key()).method == "token"
    with pytest.raises(Refusal):
        asking(token(), key(**fate))


def test_a_token_of_a_key_that_is_gone_is_good_for_nothing():
    with pytest.raises(Refusal) as refused:
        asking(token(), service())
    assert refused.value.reason is Reason.CREDENTIAL_INVALID


def test_the_limits_of_a_key_let_pass_what_lies_within_them():
    assert asking(SECRET, key(mounts=("flock",), cidrs=("10.1.0.0/16",))).user_id == "u17"
    assert asking(SECRET, key(cidrs=("10.1.0.0/16",)), source_ip="::ffff:10.1.2.3").user_id == "u17"


@pytest.mark.parametrize("source_ip", ["", "unix:", "10.1.2.3, 10.1.2.4", "10.1.2.300"])
def test_an_address_that_cannot_be_read_lies_in_no_range(source_ip):
    with pytest.raises(Refusal):
        asking(SECRET, key(cidrs=("0.0.0.0/0", "::/0")), source_ip=source_ip)


def test_a_range_that_cannot_be_read_admits_nobody():
    with pytest.raises(Refusal):
        asking(SECRET, key(cidrs=("10.1.0.0/16", "10.1.0.0/33")))


@given(st.text(max_size=80) | st.from_regex(r"(k[a-z0-9]{0,14}|t1\.)[_A-Za-z0-9.-]{0,60}", fullmatch=True))
def test_no_other_text_is_a_credential_nor_makes_a_store_look_for_one(text):
    store = RevisionStore(key(), service())
    with pytest.raises(Refusal) as refused:
        asking(text, *store.keys.values())
    assert refused.value.reason is Reason.CREDENTIAL_INVALID


@given(st.integers(0, len(SECRET) - 1), st.sampled_from("abcXYZ019-_ .\n"))
def test_one_character_changed_is_another_key(place, character):
    changed = SECRET[:place] + character + SECRET[place + 1 :]
    if changed == SECRET:
        return
    with pytest.raises(Refusal):
        asking(changed, key())


def test_no_credential_shows_in_a_representation():
    identity = asking(SERVICE_SECRET, service(), on_behalf_of="u17")
    assert SERVICE_SECRET[14:] not in repr(identity)
    assert repr(identity.key.secret_hash) not in repr(identity)
    assert SERVICE_ID in repr(identity)
