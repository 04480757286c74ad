"""Tokens: sealed, opened, and not to be forged."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.authenticate import Presented
from gateway.identity.credentials import Token, is_secret_of, is_token, open_token, seal_token, split_key
from tests.identity.samples import KEY_ID, NOW, SECRET, TOKEN_KEY, key

TOKEN = Token(key_id=KEY_ID, mount="flock", expires_at=NOW + timedelta(hours=1))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(mount=st.sampled_from(["flock", "flock.lpr.agency", "with space"]), seconds=st.integers(0, 10**9))
def test_a_token_says_what_was_sealed(mount, seconds):
    token = Token(key_id=KEY_ID, mount=mount, expires_at=NOW + timedelta(seconds=seconds))
    assert open_token(seal_token(token, TOKEN_KEY), TOKEN_KEY) == token


def test_two_tokens_of_the_same_content_differ():
    assert seal_token(TOKEN, TOKEN_KEY) != seal_token(TOKEN, TOKEN_KEY)


def test_a_token_shows_nothing_of_what_it_says():
    text = seal_token(TOKEN, TOKEN_KEY)
    box = base64.urlsafe_b64decode(text[3:] + "==")
    assert KEY_ID.encode() not in box
    assert b"flock" not in box


def test_a_token_of_another_gateway_says_nothing():
    assert open_token(seal_token(TOKEN, bytes(32)), TOKEN_KEY) is None


@given(place=st.integers(0, 90), character=st.sampled_from(ALPHABET + ".=+/ \n"))
def test_a_token_with_one_character_changed_says_nothing_else(place, character):
    text = seal_token(TOKEN, TOKEN_KEY)
    changed = text[: place % len(text)] + character + text[place % len(text) + 1 :]
    assert open_token(changed, TOKEN_KEY) in (None, TOKEN)  # base64 has spare bits at its end
    assert changed == text or place % len(text) == len(text) - 1 or open_token(changed, TOKEN_KEY) is None


@given(st.text(alphabet=ALPHABET, max_size=120))
def test_no_made_up_token_opens(text):
    assert open_token("t1." + text, TOKEN_KEY) is None


def test_a_key_is_never_taken_for_a_token():
    assert not is_token(SECRET)
    assert split_key(SECRET) == KEY_ID


@pytest.mark.parametrize("text", ["", KEY_ID, f"{KEY_ID}_", SECRET + "\n", " " + SECRET, SECRET.upper(), SECRET[:-1]])
def test_what_is_not_in_the_form_of_a_key_names_none(text):
    assert split_key(text) is None


def test_a_secret_is_that_of_its_own_key_alone():
    assert is_secret_of(SECRET, key())
    assert not is_secret_of(SECRET, key(secret_hash=bytes(32)))
    assert not is_secret_of(SECRET, None)


def test_the_stand_in_for_an_unknown_key_is_nobodys():
    assert not is_secret_of("anything", None)


def test_a_presented_credential_does_not_show_its_value():
    assert SECRET not in repr(Presented(value=SECRET, place="header"))
