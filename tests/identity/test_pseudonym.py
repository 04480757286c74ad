"""The name a vendor knows a person by."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.identity import pseudonym

KEY = bytes(32)


def test_a_pseudonym_is_stable_across_releases_or_the_vendors_audit_can_no_longer_be_joined():
    assert pseudonym("u17", KEY) == "3xaxqbjzbnoktqel"


@given(st.text(min_size=1, max_size=30))
def test_a_pseudonym_is_short_and_plain_whoever_it_is(user_id):
    assert re.fullmatch(r"[a-z2-7]{16}", pseudonym(user_id, KEY))


def test_people_and_gateways_have_different_pseudonyms():
    names = [pseudonym(f"u{number}", KEY) for number in range(2000)]
    assert len(set(names)) == len(names)
    assert pseudonym("u17", KEY) != pseudonym("u17", b"\1" * 32)
