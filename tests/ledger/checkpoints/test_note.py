import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.checkpoints.note import SigningKey, VerifierKey, parse, sign, verify_signature
from tests.properties import examples

# The example of the Go package golang.org/x/mod/sumdb/note, where the form comes from.
PEER_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PEER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def key(name="k"):
    return SigningKey(name, Ed25519PrivateKey.generate())


def test_a_note_signed_by_another_implementation_is_accepted():
    assert verify_signature(parse(PEER_NOTE), VerifierKey.parse(PEER_VKEY))
    assert str(VerifierKey.parse(PEER_VKEY)) == PEER_VKEY


@given(st.data())
@settings(max_examples=examples(60))
def test_any_change_of_the_text_is_found(data):
    place = data.draw(st.integers(0, PEER_NOTE.index("\n\n") - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda c: c != PEER_NOTE[place]))
    changed = parse(PEER_NOTE[:place] + other + PEER_NOTE[place + 1 :])
    assert not verify_signature(changed, VerifierKey.parse(PEER_VKEY))


def test_a_note_of_several_keys_is_signed_by_each_and_by_no_other():
    keys, other = [key("a"), key("b")], key("a")
    note = parse(sign("text\nmore\n", keys))
    assert note.text == "text\nmore\n"
    assert [verify_signature(note, item.verifier) for item in [*keys, other]] == [True, True, False]


def test_a_key_id_is_computed_as_the_form_says():
    public = key("name").verifier
    digest = hashlib.sha256(b"name\n\x01" + public.public).digest()
    assert public.key_id == digest[:4].hex()
    assert VerifierKey.parse(str(public)) == public


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000+AAAA", PEER_VKEY.replace("c74f", "c74e"), PEER_VKEY[:-4], "a b" + PEER_VKEY[12:]],
)
def test_what_is_no_verifier_key_is_refused(text):
    with pytest.raises(ValueError, match="not a verifier key of this kind"):
        VerifierKey.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nsignature\n",
        "text\n\n- name AAAA\n",
        "text\n\n\u2014 name !!\n",
        PEER_NOTE[:-1],
    ],
)
def test_what_is_no_note_is_refused(text):
    with pytest.raises(ValueError, match="not a"):
        parse(text)


def test_a_bad_signature_beside_a_good_one_of_the_same_key_is_not_accepted():
    signer = key()
    good = sign("text\n", [signer])
    blob = base64.b64encode(bytes.fromhex(signer.verifier.key_id) + bytes(64)).decode()
    assert not verify_signature(parse(f"{good}\u2014 k {blob}\n"), signer.verifier)


def test_a_private_key_shows_in_no_repr():
    signer = key()
    assert signer.private.private_bytes_raw().hex() not in repr(signer)
    assert "Ed25519" not in repr(signer)
